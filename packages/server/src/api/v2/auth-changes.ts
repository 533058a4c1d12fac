/** Grants and revocations: sets of names, sorted, and the words in which a wrong one is refused. */
import type { Permissions, Texts, V2Role, V2User } from "./auth-records.ts";

/** Why users or roles cannot be changed, as clients are told. */
export interface AuthProblem {
  readonly status: number;
  readonly problem: string;
}

/** A problem in the words of the auth store. */
export function authProblem(status: number, text: string): AuthProblem {
  return { status, problem: `auth: ${text}` };
}

/** Tells a problem from a result. */
export function isAuthProblem(outcome: object): outcome is AuthProblem {
  return "problem" in outcome;
}

/** The user with what a request grants and revokes; `password` is the new hash, empty to keep the old. */
export function changedUser(old: V2User, change: V2User, password: string): V2User | AuthProblem {
  const roles = new Set(old.roles);
  for (const role of change.grant ?? []) {
    if (roles.has(role)) return authProblem(409, `Granting duplicate role ${role} for user ${change.user}`);
    roles.add(role);
  }
  for (const role of change.revoke ?? []) {
    if (!roles.delete(role)) return authProblem(409, `Revoking ungranted role ${role} for user ${change.user}`);
  }
  const sorted = [...roles].sort();
  return { user: old.user, password: password || old.password, roles: sorted, grant: null, revoke: null };
}

/** The role with what a request grants and revokes; what is not there is revoked without a word. */
export function changedRole(old: V2Role, { grant, revoke }: V2Role): V2Role | AuthProblem {
  const read = granted(old.permissions.read, grant.read, "read");
  if (isAuthProblem(read)) return read;
  const write = granted(old.permissions.write, grant.write, "write");
  if (isAuthProblem(write)) return write;
  const permissions: Permissions = { read: without(read, revoke.read), write: without(write, revoke.write) };
  return { ...old, permissions };
}

function granted(old: Texts, added: Texts, kind: "read" | "write"): Set<string> | AuthProblem {
  const paths = new Set(old);
  for (const path of added ?? []) {
    if (paths.has(path)) return authProblem(409, `Granting duplicate ${kind} permission ${path}`);
    paths.add(path);
  }
  return paths;
}

function without(paths: ReadonlySet<string>, revoked: Texts): string[] {
  return [...paths].filter((path) => !(revoked ?? []).includes(path)).sort();
}

/** Whether two lists are the same, `null` and empty being different. */
export function sameTexts(left: Texts, right: Texts): boolean {
  if (left === null || right === null) return left === right;
  return left.length === right.length && left.every((text, at) => text === right[at]);
}
