/**
 * The v2 tree without any cleverness: a list of nodes by path, searched from the front, and one function an operation.
 * It knows what the API promises and nothing of how the tree keeps it.
 */
import type { Request } from "@etcd-ts/proto";
import { cleanPath, parentPath } from "../paths.ts";

/** A node as the model keeps it. */
export interface NaiveNode {
  readonly dir: boolean;
  readonly value: string;
  readonly created: number;
  readonly modified: number;
  readonly expiration: bigint;
}

/** What an operation gives: an action with the states before and after, or an error number with its cause. */
export type NaiveResult =
  | { readonly action: string; readonly path: string; readonly index: number; readonly before: NaiveNode | undefined }
  | { readonly code: number; readonly cause: string };

const readOnly = ["/", "/0", "/1"];

/** The model. */
export class NaiveTree {
  readonly nodes = new Map<string, NaiveNode>();
  index = 0;

  constructor() {
    for (const path of readOnly)
      this.nodes.set(path, { dir: true, value: "", created: 0, modified: 0, expiration: 0n });
  }

  apply(request: Request): NaiveResult {
    const path = cleanPath(request.path);
    const compares = request.prevValue !== "" || request.prevIndex > 0;
    if (request.method === "POST")
      return this.#create(request, cleanPath(`${path}/${String(this.index + 1).padStart(20, "0")}`));
    if (request.method === "DELETE") return compares ? this.#compare(request, path) : this.#delete(request, path);
    if (request.prevExist === false) return this.#create(request, path);
    if (compares) return this.#compare(request, path);
    return request.prevExist === true ? this.#update(request, path) : this.#set(request, path);
  }

  /** Removes what is due; the paths in the order they go. */
  expire(nowNs: bigint): string[] {
    const gone: string[] = [];
    for (;;) {
      const due = [...this.nodes]
        .filter(([, node]) => node.expiration !== 0n && node.expiration <= nowNs)
        .sort(([a, x], [b, y]) =>
          x.expiration === y.expiration ? (a < b ? -1 : 1) : x.expiration < y.expiration ? -1 : 1,
        );
      const first = due[0];
      if (first === undefined) return gone;
      this.index++;
      this.#drop(first[0]);
      gone.push(first[0]);
    }
  }

  /** What is in the way of reaching a path, if anything. */
  blocked(path: string): NaiveResult | undefined {
    let at = "";
    for (const name of path.split("/").slice(1)) {
      const holder = this.nodes.get(at === "" ? "/" : at)!;
      if (!holder.dir) return { code: 104, cause: at };
      at = `${at}/${name}`;
      if (!this.nodes.has(at)) return { code: 100, cause: at };
    }
    return undefined;
  }

  #set(request: Request, path: string): NaiveResult {
    const blocked = path === "/" ? undefined : this.blocked(path);
    if (blocked !== undefined && "code" in blocked && (blocked.code !== 100 || request.refresh === true))
      return blocked;
    if (readOnly.includes(path)) return { code: 107, cause: "/" };
    const before = this.nodes.get(path);
    if (before?.dir) return { code: 102, cause: path };
    return this.#put("set", path, { ...this.#fresh(request, before), before });
  }

  #create(request: Request, path: string): NaiveResult {
    if (readOnly.includes(path)) return { code: 107, cause: "/" };
    const blocked = this.blocked(path);
    if (blocked !== undefined && "code" in blocked && blocked.code === 104) return blocked;
    if (blocked === undefined) return { code: 105, cause: path };
    return this.#put("create", path, { ...this.#fresh(request, undefined), before: undefined });
  }

  #fresh(request: Request, before: NaiveNode | undefined): { dir: boolean; value: string; expiration: bigint } {
    const value = request.refresh === true && before !== undefined ? before.value : request.val;
    return { dir: request.dir, value: request.dir ? "" : value, expiration: request.expiration };
  }

  #put(
    action: string,
    path: string,
    what: { dir: boolean; value: string; expiration: bigint; before: NaiveNode | undefined },
  ): NaiveResult {
    this.index++;
    const stamp = { created: this.index, modified: this.index };
    for (let up = parentPath(path); !this.nodes.has(up); up = parentPath(up))
      this.nodes.set(up, { dir: true, value: "", expiration: 0n, ...stamp });
    this.nodes.set(path, { dir: what.dir, value: what.value, expiration: what.expiration, ...stamp });
    return { action, path, index: this.index, before: what.before };
  }

  #update(request: Request, path: string): NaiveResult {
    if (readOnly.includes(path)) return { code: 107, cause: "/" };
    const blocked = this.blocked(path);
    if (blocked !== undefined) return blocked;
    const before = this.nodes.get(path)!;
    if (before.dir && request.val !== "") return { code: 102, cause: path };
    return this.#rewrite("update", path, request);
  }

  #compare(request: Request, path: string): NaiveResult {
    const deletes = request.method === "DELETE";
    if (!deletes && readOnly.includes(path)) return { code: 107, cause: "/" };
    const blocked = path === "/" ? undefined : this.blocked(path);
    if (blocked !== undefined) return blocked;
    const before = this.nodes.get(path)!;
    if (before.dir) return { code: 102, cause: path };
    const causes: string[] = [];
    if (request.prevValue !== "" && request.prevValue !== before.value)
      causes.push(`[${request.prevValue} != ${before.value}]`);
    if (request.prevIndex !== 0 && request.prevIndex !== before.modified)
      causes.push(`[${request.prevIndex} != ${before.modified}]`);
    if (causes.length > 0) return { code: 101, cause: causes.join(" ") };
    if (!deletes) return this.#rewrite("compareAndSwap", path, request);
    this.index++;
    this.#drop(path);
    return { action: "compareAndDelete", path, index: this.index, before };
  }

  #rewrite(action: string, path: string, request: Request): NaiveResult {
    const before = this.nodes.get(path)!;
    this.index++;
    const value = before.dir || request.refresh === true ? before.value : request.val;
    const modified = before.dir ? before.modified : this.index;
    this.nodes.set(path, { ...before, value, modified, expiration: request.expiration });
    return { action, path, index: this.index, before };
  }

  #delete(request: Request, path: string): NaiveResult {
    if (readOnly.includes(path)) return { code: 107, cause: "/" };
    const blocked = this.blocked(path);
    if (blocked !== undefined) return blocked;
    const before = this.nodes.get(path)!;
    const holds = [...this.nodes.keys()].some((other) => other.startsWith(`${path}/`));
    if (before.dir && !request.dir && !request.recursive) return { code: 102, cause: path };
    if (before.dir && holds && !request.recursive) return { code: 108, cause: path };
    this.index++;
    this.#drop(path);
    return { action: "delete", path, index: this.index, before };
  }

  #drop(path: string): void {
    for (const other of [...this.nodes.keys()])
      if (other === path || other.startsWith(`${path}/`)) this.nodes.delete(other);
  }
}
