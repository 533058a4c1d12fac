/**
 * Where members run so that the network between any two of them can be cut, in one direction or both, while clients reach all of
 * them. The real one is a network namespace for each member on one bridge: a cut gives the sender a wrong hardware address of the other,
 * so that packets vanish, as they do when a cable is pulled. It wants a namespace of its own around it (see scripts/chaos.mjs),
 * which takes everything along when it ends.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "../harness/index.ts";
import { freePorts } from "../harness/index.ts";

/** Members' places, and the network between them. */
export interface Arena {
  readonly kind: "namespaces" | "simulated";
  /** Makes a place for a member. */
  place(name: string): Promise<Place>;
  /** Nothing gets from one member to another any more. */
  cut(from: string, to: string): void;
  /** Ends all cuts. */
  heal(): void;
}

const nowhere = "02:77:ff:ff:ff:ff";

/** The real one. */
export class NamespaceArena implements Arena {
  readonly kind = "namespaces";
  readonly #numbers = new Map<string, number>();
  #cuts: [from: string, to: string][] = [];

  constructor() {
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", "/run"]);
    ip("link set lo up");
    ip("link add br0 type bridge");
    ip("addr add 10.77.0.254/24 dev br0");
    ip("link set br0 up");
  }

  async place(name: string): Promise<Place> {
    const place = (): Place => ({ host: this.#host(name), ports: [2379, 2380], via: ["ip", "netns", "exec", name] });
    // A name that comes again is a member of the next cluster.
    if (this.#numbers.has(name)) return place();
    const number = this.#numbers.size + 1;
    this.#numbers.set(name, number);
    ip(`netns add ${name}`);
    ip(`link add v${number} type veth peer name eth0 netns ${name}`);
    ip(`link set v${number} master br0 up`);
    ip(`-n ${name} link set lo up`);
    ip(`-n ${name} addr add ${this.#host(name)}/24 dev eth0`);
    ip(`-n ${name} link set eth0 up`);
    return place();
  }

  cut(from: string, to: string): void {
    this.#cuts.push([from, to]);
    ip(`-n ${from} neigh replace ${this.#host(to)} lladdr ${nowhere} nud permanent dev eth0`);
  }

  heal(): void {
    for (const [from, to] of this.#cuts) ip(`-n ${from} neigh del ${this.#host(to)} dev eth0`);
    this.#cuts = [];
  }

  #host(name: string): string {
    return `10.77.0.${this.#numbers.get(name)}`;
  }
}

function ip(args: string): void {
  execFileSync("ip", args.split(" "));
}

/**
 * The one for machines that allow no namespaces: all members are on loopback, and a module loaded before each of them
 * (`blockade.ts`) holds back what it sends to the ports that are named in the member's file.
 */
export class SimulatedArena implements Arena {
  readonly kind = "simulated";
  readonly #dir: string;
  readonly #peerPorts = new Map<string, number>();

  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir);
  }

  async place(name: string): Promise<Place> {
    const [client = 0, peer = 0] = await freePorts(2);
    this.#peerPorts.set(name, peer);
    writeFileSync(this.#file(name), "");
    const blockade = new URL("./blockade.js", import.meta.url).href;
    const env = { NODE_OPTIONS: `--import=${blockade}`, BLOCKADE_FILE: this.#file(name) };
    return { host: "127.0.0.1", ports: [client, peer], env };
  }

  cut(from: string, to: string): void {
    appendFileSync(this.#file(from), `to ${this.#peerPorts.get(to)}\n`);
    appendFileSync(this.#file(to), `from ${this.#peerPorts.get(from)}\n`);
  }

  heal(): void {
    for (const name of this.#peerPorts.keys()) writeFileSync(this.#file(name), "");
  }

  #file(name: string): string {
    return join(this.#dir, `${name}.blocked`);
  }
}
