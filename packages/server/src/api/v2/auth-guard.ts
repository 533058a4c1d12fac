/**
 * Who may do what over the HTTP APIs before v3: one guard for every listener and every dialect, so that none lets in whom
 * another keeps out. Without credentials one is a guest; with wrong ones, nobody.
 */
import type { HttpRequest } from "../../ports/index.ts";
import { rootRole, type Texts, type V2Role, type V2User } from "./auth-records.ts";
import type { Passwords, V2AuthStore } from "./auth-store.ts";

/** What a request wants to touch. */
export interface KeyAccess {
  /** The key as it was asked for, decoded, without namespace. */
  readonly path: string;
  readonly recursive: boolean;
}

/** Passwords found right lately: hashing anew for each request would cost more than all the rest of it. */
const rememberedMax = 1000;

/** The guard. */
export class V2AuthGuard {
  readonly #store: V2AuthStore;
  readonly #passwords: Passwords;
  readonly #trustsCertificates: boolean;
  readonly #remembered = new Set<string>();

  constructor(parts: { store: V2AuthStore; passwords: Passwords; trustsCertificates: boolean }) {
    this.#store = parts.store;
    this.#passwords = parts.passwords;
    this.#trustsCertificates = parts.trustsCertificates;
  }

  /** Whether anything is refused to anybody. */
  get isEnabled(): boolean {
    return this.#store.isEnabled;
  }

  /** Whether a request may touch a key; at once while auth is off. */
  mayAccess(request: HttpRequest, access: KeyAccess): boolean | Promise<boolean> {
    return this.#store.isEnabled ? this.#mayAccess(request, access) : true;
  }

  /** Whether the request comes from someone with the role root. */
  mayAdminister(request: HttpRequest): boolean | Promise<boolean> {
    if (!this.#store.isEnabled) return true;
    return this.#userOf(request).then((user) => user?.roles?.includes(rootRole.role) ?? false);
  }

  async #mayAccess(request: HttpRequest, access: KeyAccess): Promise<boolean> {
    const writes = request.method !== "GET" && request.method !== "HEAD";
    const user = await this.#userOf(request);
    if (user !== undefined)
      return (user.roles ?? []).some((name) => allows(this.#store.role(name), { ...access, writes }));
    if (request.headers["authorization"] !== undefined) return false;
    return allows(this.#store.role("guest"), { ...access, writes });
  }

  /** Whoever the request names, by password or certificate; undefined for a guest and for a failed attempt. */
  async #userOf(request: HttpRequest): Promise<V2User | undefined> {
    const header = request.headers["authorization"];
    if (header === undefined) {
      const name = this.#trustsCertificates ? (request.tls?.clientCommonName ?? "") : "";
      return name === "" ? undefined : this.#store.user(name);
    }
    const credentials = parseBasic(header);
    const user = credentials === undefined ? undefined : this.#store.user(credentials.name);
    if (credentials === undefined || user === undefined) return undefined;
    return (await this.#isRight(credentials.password, user.password)) ? user : undefined;
  }

  async #isRight(password: string, hash: string): Promise<boolean> {
    // A changed password has another hash, so what is remembered of the old one is never asked for again.
    const key = `${hash}\n${password}`;
    if (this.#remembered.has(key)) return true;
    if (!(await this.#passwords.matches(password, hash))) return false;
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear();
    this.#remembered.add(key);
    return true;
  }
}

function allows(role: V2Role | undefined, access: KeyAccess & { writes: boolean }): boolean {
  if (role === undefined) return false;
  if (role.role === rootRole.role) return true;
  const { read, write } = role.permissions;
  return covers(access.writes ? write : read, access);
}

/** Whether a pattern fits: one with `*` every path it begins, one without itself alone and nothing below. */
function covers(patterns: Texts, { path, recursive }: KeyAccess): boolean {
  return (patterns ?? []).some((pattern) =>
    pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : !recursive && pattern === path,
  );
}

function parseBasic(header: string): { name: string; password: string } | undefined {
  const encoded = /^basic (.*)$/i.exec(header)?.[1];
  const text = encoded === undefined ? undefined : decodeBase64(encoded);
  const at = text?.indexOf(":") ?? -1;
  return text === undefined || at < 0 ? undefined : { name: text.slice(0, at), password: text.slice(at + 1) };
}

function decodeBase64(encoded: string): string | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(encoded)) return undefined;
  return new TextDecoder().decode(Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0)));
}
