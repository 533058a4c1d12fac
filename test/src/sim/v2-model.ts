/**
 * The v2 tree as its documents describe it, without any cleverness: a map from paths to nodes, and one function for each
 * operation. It answers what an operation must come to in a given state; the state itself follows the events. Written
 * from the API documents of the releases and the recorded differences between them, not from the server.
 *
 * Paths are those of clients. Times are texts, as answers have them.
 */
import type { V2Asked } from "./v2-door.ts";
import type { V2EventJson, V2NodeJson } from "./v2-history.ts";

/** A node. */
export interface ModelNode {
  readonly dir: boolean;
  readonly value: string;
  readonly created: number;
  readonly modified: number;
  /** Empty: it stays. */
  readonly expiration: string;
}

/** What an operation comes to: an event, or an error's number and cause. */
export type Predicted =
  | { readonly event: V2EventJson; readonly failure?: undefined }
  | { readonly failure: { readonly code: number; readonly cause: string }; readonly event?: undefined };

const rootNode: ModelNode = { dir: true, value: "", created: 0, modified: 0, expiration: "" };

/** The tree. */
export class V2Model {
  readonly nodes = new Map<string, ModelNode>([["/", rootNode]]);

  /** What a request must come to as the change with this index; `expiration` is what it was given, if it was. */
  predict({ method, key, form }: V2Asked, { index, expiration }: { index: number; expiration: string }): Predicted {
    const compares = form["prevValue"] !== undefined || form["prevIndex"] !== undefined;
    const write: Write = { key, form, index, expiration };
    if (method === "GET") return this.read(key, form["recursive"] === "true");
    if (method === "POST") return this.#create({ ...write, key: below(key, String(index).padStart(20, "0")) });
    if (method === "DELETE") return compares ? this.#compareAndDelete(write) : this.#delete(write);
    if (form["prevExist"] === "false") return this.#create(write);
    if (compares) return this.#compareAndSwap(write);
    return form["prevExist"] === "true" ? this.#update(write) : this.#set(write);
  }

  /** What a read must answer. */
  read(key: string, recursive: boolean): Predicted {
    const missing = this.#missing(key);
    if (missing !== undefined) return { failure: missing };
    return { event: { action: "get", node: this.#listing(key, recursive) } };
  }

  /** What the end of a node's time must look like. */
  expire(key: string, index: number): Predicted {
    const node = this.nodes.get(key);
    if (node === undefined) return { failure: { code: 100, cause: key } };
    return { event: this.#removal("expire", key, index) };
  }

  /** Makes the change that an event tells. */
  follow({ action, node, prevNode }: V2EventJson): void {
    const key = node!.key!;
    if (action === "delete" || action === "expire" || action === "compareAndDelete") return this.#drop(key);
    const modified = node!.modifiedIndex ?? 0;
    const { dir = false, value = "", expiration = "", createdIndex: created = 0 } = node!;
    const isUpdate = action === "update" || action === "compareAndSwap";
    // A directory's own index stays when its time to live changes; only the event tells the index of the change.
    const kept = isUpdate && dir ? (this.nodes.get(key)?.modified ?? modified) : modified;
    if (!isUpdate && prevNode === undefined) this.#makeParents(key, modified);
    this.nodes.set(key, { dir, value, created, modified: kept, expiration });
  }

  /** Every path at or below one, itself included. */
  pathsFrom(key: string): string[] {
    return [...this.nodes.keys()].filter((path) => path === key || isBelow(path, key));
  }

  #set(write: Write): Predicted {
    const { key } = write;
    if (key === "/") return readOnly;
    const missing = this.#missing(key);
    const refreshes = write.form["refresh"] === "true";
    if (missing !== undefined && (missing.code !== 100 || refreshes)) return { failure: missing };
    const before = this.nodes.get(key);
    if (before?.dir === true) return { failure: { code: 102, cause: key } };
    const value = refreshes ? before!.value : (write.form["value"] ?? "");
    const prevNode = before && this.#shown(key, before);
    return { event: withPrevious({ action: "set", node: freshNode({ ...write, value }) }, prevNode) };
  }

  #create(write: Write): Predicted {
    const { key } = write;
    if (key === "/") return readOnly;
    const missing = this.#missing(key);
    if (missing === undefined) return { failure: { code: 105, cause: key } };
    if (missing.code === 104) return { failure: missing };
    return { event: { action: "create", node: freshNode({ ...write, value: write.form["value"] ?? "" }) } };
  }

  #update(write: Write): Predicted {
    const { key, form } = write;
    if (key === "/") return readOnly;
    const missing = this.#missing(key);
    if (missing !== undefined) return { failure: missing };
    if (this.nodes.get(key)!.dir && (form["value"] ?? "") !== "") return { failure: { code: 102, cause: key } };
    return { event: this.#change("update", write) };
  }

  #compareAndSwap(write: Write): Predicted {
    if (write.key === "/") return readOnly;
    return this.#compared(write) ?? { event: this.#change("compareAndSwap", write) };
  }

  #compareAndDelete(write: Write): Predicted {
    return this.#compared(write) ?? { event: this.#removal("compareAndDelete", write.key, write.index) };
  }

  #compared({ key, form }: Write): Predicted | undefined {
    const missing = this.#missing(key);
    if (missing !== undefined) return { failure: missing };
    const { dir, value, modified } = this.nodes.get(key)!;
    if (dir) return { failure: { code: 102, cause: key } };
    const { prevValue, prevIndex } = form;
    const causes: string[] = [];
    if (prevValue !== undefined && prevValue !== value) causes.push(`[${prevValue} != ${value}]`);
    if (prevIndex !== undefined && Number(prevIndex) !== modified) causes.push(`[${prevIndex} != ${modified}]`);
    return causes.length === 0 ? undefined : { failure: { code: 101, cause: causes.join(" ") } };
  }

  #delete({ key, form, index }: Write): Predicted {
    if (key === "/") return readOnly;
    const missing = this.#missing(key);
    if (missing !== undefined) return { failure: missing };
    const recursive = form["recursive"] === "true";
    if (this.nodes.get(key)!.dir && !recursive) {
      if (form["dir"] !== "true") return { failure: { code: 102, cause: key } };
      if (this.pathsFrom(key).length > 1) return { failure: { code: 108, cause: key } };
    }
    return { event: this.#removal("delete", key, index) };
  }

  #change(action: string, { key, form, index, expiration }: Write): V2EventJson {
    const before = this.nodes.get(key)!;
    const value = before.dir || form["refresh"] === "true" ? before.value : (form["value"] ?? "");
    const node = this.#shown(key, { ...before, value, modified: index, expiration });
    return { action, node, prevNode: this.#shown(key, before) };
  }

  #removal(action: string, key: string, index: number): V2EventJson {
    const before = this.nodes.get(key)!;
    const { value: _, ...node } = this.#shown(key, { ...before, modified: index, expiration: "" });
    return { action, node, prevNode: this.#shown(key, before) };
  }

  /** What is in the way of reaching a path: the first that is not there, or a file. */
  #missing(key: string): { code: number; cause: string } | undefined {
    let at = "/";
    for (const name of key.split("/").filter((part) => part !== "")) {
      if (!this.nodes.get(at)!.dir) return { code: 104, cause: at };
      at = below(at, name);
      if (!this.nodes.has(at)) return { code: 100, cause: at };
    }
    return undefined;
  }

  #shown(key: string, { dir, value, created, modified, expiration }: ModelNode): V2NodeJson {
    return {
      ...(key === "/" ? {} : { key }),
      ...(dir ? { dir } : { value }),
      ...(expiration === "" ? {} : { expiration }),
      ...(modified === 0 ? {} : { modifiedIndex: modified }),
      ...(created === 0 ? {} : { createdIndex: created }),
    };
  }

  /** A node with its visible children; theirs too when recursive. */
  #listing(key: string, recursive: boolean): V2NodeJson {
    const node = this.nodes.get(key)!;
    const own = this.#shown(key, node);
    if (!node.dir) return own;
    const children = [...this.nodes.keys()].filter((path) => path !== "/" && parentOf(path) === key && !isHidden(path));
    const nodes = children
      .sort()
      .map((path) => (recursive ? this.#listing(path, true) : this.#shown(path, this.nodes.get(path)!)));
    return nodes.length === 0 ? own : { ...own, nodes };
  }

  #drop(key: string): void {
    for (const path of this.pathsFrom(key)) this.nodes.delete(path);
  }

  #makeParents(key: string, index: number): void {
    for (let at = parentOf(key); !this.nodes.has(at); at = parentOf(at)) {
      this.nodes.set(at, { dir: true, value: "", created: index, modified: index, expiration: "" });
    }
  }
}

interface Write {
  readonly key: string;
  readonly form: V2Asked["form"];
  readonly index: number;
  readonly expiration: string;
}

const readOnly: Predicted = { failure: { code: 107, cause: "/" } };

function freshNode({ key, form, index, expiration, value }: Write & { value: string }): V2NodeJson {
  const dir = form["dir"] === "true";
  return {
    key,
    ...(dir ? { dir } : { value }),
    ...(expiration === "" ? {} : { expiration }),
    modifiedIndex: index,
    createdIndex: index,
  };
}

function withPrevious(event: V2EventJson, prevNode: V2NodeJson | undefined): V2EventJson {
  return prevNode === undefined ? event : { ...event, prevNode };
}

/** The path of a child. */
export function below(key: string, name: string): string {
  return key === "/" ? `/${name}` : `${key}/${name}`;
}

/** Whether a path is somewhere below a directory. */
export function isBelow(path: string, directory: string): boolean {
  return path !== directory && path.startsWith(directory === "/" ? "/" : `${directory}/`);
}

/** The directory of a path. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function isHidden(path: string): boolean {
  return path.slice(path.lastIndexOf("/") + 1).startsWith("_");
}
