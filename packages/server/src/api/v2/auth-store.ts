/**
 * Users and roles of the v2 API: files below `/2` of the tree, read from this member's own tree and changed through the
 * log. Source: etcd's v2 auth document, and the recordings.
 */
import { Request } from "@etcd-ts/proto";
import { nameOf, namespaces, nanosOf, type V2Failure } from "../../v2/index.ts";
import { type AuthProblem, authProblem, changedRole, changedUser, isAuthProblem, sameTexts } from "./auth-changes.ts";
import {
  formatRole,
  formatStoredUser,
  guestRole,
  parseRole,
  parseUser,
  rootRole,
  type V2Role,
  type V2User,
} from "./auth-records.ts";
import { propose } from "./propose.ts";
import type { V2Member } from "./v2-member.ts";

/** Makes and checks hashes of passwords: bcrypt, as etcd's own members store them. */
export interface Passwords {
  hash(password: string): Promise<string>;
  matches(password: string, hash: string): Promise<boolean>;
}

/** The log refused; nothing about users or roles. */
export interface AuthFailure {
  readonly failure: V2Failure;
}

/** What a change gives, or why it was not made. */
export type AuthOutcome<T extends object> = { readonly done: T } | AuthProblem | AuthFailure;

/** A record after a change, and how it is stored. */
interface Changed<T extends object> {
  readonly done: T;
  readonly val: string;
}

/** How often a change is tried that others keep coming before. */
const attemptsMax = 8;
const root = namespaces.auth;
const enabledPath = `${root}/enabled`;

/** The store. */
export class V2AuthStore {
  readonly #member: V2Member;
  readonly #passwords: Passwords;

  constructor({ member, passwords }: { member: V2Member; passwords: Passwords }) {
    this.#member = member;
    this.#passwords = passwords;
  }

  /** Whether requests are checked at all. */
  get isEnabled(): boolean {
    return this.#member.peek(enabledPath)?.value === "true";
  }

  userNames(): string[] {
    return this.#names("users");
  }

  roleNames(): string[] {
    return [rootRole.role, ...this.#names("roles")].sort();
  }

  /** The user called root always has the role root. */
  user(name: string): V2User | undefined {
    const user = parseUser(this.#member.peek(userPath(name))?.value ?? "");
    return user?.user === "root" ? withRootRole(user) : user;
  }

  role(name: string): V2Role | undefined {
    return name === rootRole.role ? rootRole : parseRole(this.#member.peek(rolePath(name))?.value ?? "");
  }

  async createUser(request: V2User): Promise<AuthOutcome<V2User>> {
    const user = request.user === "root" ? withRootRole(request) : request;
    if (user.password === "") return authProblem(400, `Cannot create user ${user.user} with an empty password`);
    const password = await this.#passwords.hash(user.password);
    const failure = await this.#write(userPath(user.user), formatStoredUser({ ...user, password }), false);
    if (failure?.code === 105) return authProblem(409, `User ${user.user} already exists.`);
    return failure === undefined ? { done: user } : { failure };
  }

  async updateUser(change: V2User): Promise<AuthOutcome<V2User>> {
    if (this.user(change.user) === undefined) return noSuchUser(change.user);
    // Hashed before anything is read: what changes meanwhile must not be written over.
    const password = change.password === "" ? "" : await this.#passwords.hash(change.password);
    return this.#rewrite(userPath(change.user), () => {
      const old = this.user(change.user);
      if (old === undefined) return noSuchUser(change.user);
      const user = changedUser(old, change, password);
      if (isAuthProblem(user)) return user;
      if (user.password === old.password && sameTexts(user.roles, old.roles))
        return authProblem(400, "User not updated. Use grant/revoke/password to update the user.");
      return { done: user, val: formatStoredUser(user) };
    });
  }

  async deleteUser(name: string): Promise<AuthOutcome<object>> {
    if (this.isEnabled && name === "root") return authProblem(403, "Cannot delete root user while auth is enabled.");
    const failure = await this.#delete(userPath(name));
    if (failure?.code === 100) return authProblem(404, `User ${name} does not exist`);
    return failure === undefined ? { done: {} } : { failure };
  }

  async createRole(role: V2Role): Promise<AuthOutcome<V2Role>> {
    if (role.role === rootRole.role) return refuseRootRole();
    const failure = await this.#write(rolePath(role.role), formatRole(role), false);
    if (failure?.code === 105) return authProblem(409, `Role ${role.role} already exists.`);
    return failure === undefined ? { done: role } : { failure };
  }

  async updateRole(change: V2Role): Promise<AuthOutcome<V2Role>> {
    if (change.role === rootRole.role) return refuseRootRole();
    return this.#rewrite(rolePath(change.role), () => {
      const old = this.role(change.role);
      if (old === undefined) return authProblem(404, `Role ${change.role} does not exist.`);
      const role = changedRole(old, change);
      if (isAuthProblem(role)) return role;
      const { read, write } = role.permissions;
      if (sameTexts(read, old.permissions.read) && sameTexts(write, old.permissions.write))
        return authProblem(400, "Role not updated. Use grant/revoke to update the role.");
      return { done: role, val: formatRole(role) };
    });
  }

  async deleteRole(name: string): Promise<AuthOutcome<object>> {
    if (name === rootRole.role) return refuseRootRole();
    const failure = await this.#delete(rolePath(name));
    if (failure?.code === 100) return authProblem(404, `Role ${name} doesn't exist.`);
    return failure === undefined ? { done: {} } : { failure };
  }

  /** Turns checking on; a guest role that is missing is made, and allows everything. */
  async enable(): Promise<AuthOutcome<object>> {
    if (this.isEnabled) return authProblem(409, "already enabled");
    if (this.user("root") === undefined) return authProblem(409, "No root user available, please create one");
    if (this.role(guestRole.role) === undefined) {
      const guest = await this.createRole(guestRole);
      if (!("done" in guest)) return guest;
    }
    const failure = await this.#write(enabledPath, "true", true);
    return failure === undefined ? { done: {} } : { failure };
  }

  async disable(): Promise<AuthOutcome<object>> {
    if (!this.isEnabled) return authProblem(409, "already disabled");
    const failure = await this.#write(enabledPath, "false", true);
    return failure === undefined ? { done: {} } : { failure };
  }

  #names(kind: "users" | "roles"): string[] {
    const names = (this.#member.peek(`${root}/${kind}`)?.nodes ?? []).map(({ key }) => nameOf(key));
    return names.sort();
  }

  /** Writes what `change` makes of the present record; anew when another change came between. */
  async #rewrite<T extends object>(path: string, change: () => Changed<T> | AuthProblem): Promise<AuthOutcome<T>> {
    let failure = await this.#prepare();
    for (let attempt = 0; attempt < attemptsMax && (failure === undefined || failure.code === 101); attempt++) {
      const prevIndex = this.#member.peek(path)?.modifiedIndex ?? 0;
      const changed = change();
      if (!("val" in changed)) return changed;
      failure = (await this.#propose({ method: "PUT", path, val: changed.val, prevExist: true, prevIndex })).failure;
      if (failure === undefined) return { done: changed.done };
    }
    return { failure: failure! };
  }

  async #write(path: string, val: string, prevExist: boolean): Promise<V2Failure | undefined> {
    const unready = await this.#prepare();
    if (unready !== undefined) return unready;
    return (await this.#propose({ method: "PUT", path, val, prevExist })).failure;
  }

  async #delete(path: string): Promise<V2Failure | undefined> {
    const unready = await this.#prepare();
    if (unready !== undefined) return unready;
    return (await this.#propose({ method: "DELETE", path, prevExist: true })).failure;
  }

  /** Makes the directories and the switch, once in the life of a cluster. */
  async #prepare(): Promise<V2Failure | undefined> {
    const wanted = [
      { path: root, dir: true },
      { path: `${root}/users`, dir: true },
      { path: `${root}/roles`, dir: true },
      { path: enabledPath, dir: false, val: "false" },
    ];
    for (const one of wanted) {
      if (this.#member.peek(one.path) !== undefined) continue;
      const { failure } = await this.#propose({ method: "PUT", prevExist: false, ...one });
      if (failure !== undefined && failure.code !== 105) return failure;
    }
    return undefined;
  }

  #propose(init: Partial<Request>): ReturnType<typeof propose> {
    return propose(Request.create({ ...init, time: nanosOf(this.#member.nowMs()) }), this.#member);
  }
}

function userPath(name: string): string {
  return `${root}/users/${name}`;
}

function rolePath(name: string): string {
  return `${root}/roles/${name}`;
}

function noSuchUser(name: string): AuthProblem {
  return authProblem(404, `User ${name} does not exist.`);
}

function withRootRole(user: V2User): V2User {
  const roles = user.roles ?? [];
  return roles.includes(rootRole.role) ? user : { ...user, roles: [...roles, rootRole.role] };
}

function refuseRootRole(): AuthProblem {
  return authProblem(403, `Cannot modify role ${rootRole.role}: is root role.`);
}
