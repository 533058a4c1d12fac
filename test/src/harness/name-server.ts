/**
 * A DNS server on loopback for SRV records alone (RFC 1035, RFC 2782): for tests of what finds services by name. A name without records does
 * not exist; neither does anything that is asked for beside them.
 */
import { createSocket, type Socket } from "node:dgram";
import type { AddressInfo } from "node:net";

const srvType = 33;
const nameError = 3;
/** Answer, recursion asked for and available. */
const answerFlags = 0x8180;

/** Where a service is. */
export interface Service {
  readonly host: string;
  readonly port: number;
}

/** See the top of this file. */
export class NameServer {
  readonly #socket: Socket;
  readonly #services: ReadonlyMap<string, readonly Service[]>;
  /** Names asked for, in order. */
  readonly asked: string[] = [];

  private constructor(services: ReadonlyMap<string, readonly Service[]>) {
    this.#services = services;
    this.#socket = createSocket("udp4", (question, { port, address }) =>
      this.#socket.send(this.#answerTo(question), port, address),
    );
  }

  /** Answers for these names from now on, on a free port. */
  static async open(services: Readonly<Record<string, readonly Service[]>>): Promise<NameServer> {
    const server = new NameServer(new Map(Object.entries(services)));
    await new Promise<void>((resolve) => server.#socket.bind(0, "127.0.0.1", resolve));
    return server;
  }

  /** Host and port. */
  get address(): string {
    return `127.0.0.1:${(this.#socket.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#socket.close();
  }

  #answerTo(question: Buffer): Buffer {
    const { name, end } = readName(question);
    this.asked.push(name);
    const isSrv = question.readUInt16BE(end) === srvType;
    const records = (isSrv ? this.#services.get(name) : undefined) ?? [];
    const head = Buffer.alloc(12);
    question.copy(head, 0, 0, 2);
    head.writeUInt16BE(answerFlags | (records.length > 0 ? 0 : nameError), 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(records.length, 6);
    return Buffer.concat([head, question.subarray(12, end + 4), ...records.map(srvRecord)]);
  }
}

function readName(question: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let size = question[at]!; size > 0; size = question[at]!) {
    labels.push(question.toString("latin1", at + 1, at + 1 + size));
    at += 1 + size;
  }
  return { name: labels.join("."), end: at + 1 };
}

function srvRecord({ host, port }: Service): Buffer {
  const labels = host.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const target = Buffer.concat([...labels, Buffer.alloc(1)]);
  const fixed = Buffer.alloc(18);
  // A pointer to the question's name; type, class, time to live, length, priority, weight, port.
  for (const [i, value] of [0xc00c, srvType, 1, 0, 60, 6 + target.length, 0, 0, port].entries())
    fixed.writeUInt16BE(value, 2 * i);
  return Buffer.concat([fixed, target]);
}
