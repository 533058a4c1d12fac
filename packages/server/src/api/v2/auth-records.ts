/**
 * Users and roles as they are kept in the tree and told to clients: JSON in Go's order of fields, where a list that was
 * never set is `null` and differs from an empty one.
 */
import { quote } from "../../lib/go-json.ts";

/** A list of texts, or none. */
export type Texts = readonly string[] | null;

/** What a role allows on keys: paths, or beginnings of paths with `*` at the end. */
export interface Permissions {
  readonly read: Texts;
  readonly write: Texts;
}

/** A role, or a request to change one. */
export interface V2Role {
  readonly role: string;
  readonly permissions: Permissions;
  readonly grant: Permissions;
  readonly revoke: Permissions;
}

/** A user, or a request to change one. In the tree, the password is its hash. */
export interface V2User {
  readonly user: string;
  readonly password: string;
  readonly roles: Texts;
  readonly grant: Texts;
  readonly revoke: Texts;
}

const noPermissions: Permissions = { read: null, write: null };

/** The role nobody can change. */
export const rootRole: V2Role = {
  role: "root",
  permissions: { read: ["/*"], write: ["/*"] },
  grant: noPermissions,
  revoke: noPermissions,
};

/** The role of whoever does not say who he is, as it is made when auth is turned on. */
export const guestRole: V2Role = { ...rootRole, role: "guest" };

/** Whether permissions allow nothing. */
export function allowsNothing({ read, write }: Permissions): boolean {
  return (read ?? []).length === 0 && (write ?? []).length === 0;
}

/** A role as JSON; only what it is, not what was asked of it. */
export function formatRole({ role, permissions }: V2Role): string {
  const { read, write } = permissions;
  return `{"role":${quote(role)},"permissions":{"kv":{"read":${formatTexts(read)},"write":${formatTexts(write)}}}}`;
}

/** A user as it is stored. */
export function formatStoredUser({ user, password, roles }: V2User): string {
  return `{"user":${quote(user)},"password":${quote(password)},"roles":${formatTexts(roles)}}`;
}

/** A user with the names of the roles. */
export function formatUser({ user, roles }: V2User): string {
  return `{"user":${quote(user)},"roles":${formatTexts(roles)}}`;
}

/** A user with the roles themselves. */
export function formatUserWithRoles(user: string, roles: readonly V2Role[]): string {
  return `{"user":${quote(user)}${roles.length === 0 ? "" : `,"roles":[${roles.map(formatRole).join(",")}]`}}`;
}

function formatTexts(texts: Texts): string {
  return texts === null ? "null" : `[${texts.map(quote).join(",")}]`;
}

/** Reads a role; undefined when the text is no JSON of one. */
export function parseRole(text: string): V2Role | undefined {
  return parse(text, (fields) => ({
    role: textOf(fields, "role"),
    permissions: permissionsOf(fields, "permissions"),
    grant: permissionsOf(fields, "grant"),
    revoke: permissionsOf(fields, "revoke"),
  }));
}

/** Reads a user; undefined when the text is no JSON of one. */
export function parseUser(text: string): V2User | undefined {
  return parse(text, (fields) => ({
    user: textOf(fields, "user"),
    password: textOf(fields, "password"),
    roles: textsOf(fields, "roles"),
    grant: textsOf(fields, "grant"),
    revoke: textsOf(fields, "revoke"),
  }));
}

type Fields = Readonly<Record<string, unknown>>;

/** A field of the wrong type; never leaves this file. */
class FieldTypeError extends Error {}

function parse<T>(text: string, read: (fields: Fields) => T): T | undefined {
  try {
    return read(objectOf(JSON.parse(text)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof FieldTypeError) return undefined;
    throw error;
  }
}

function objectOf(value: unknown): Fields {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw new FieldTypeError();
  return { ...value };
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name] ?? "";
  if (typeof value !== "string") throw new FieldTypeError();
  return value;
}

function textsOf(fields: Fields, name: string): Texts {
  const value = fields[name] ?? null;
  if (value === null) return null;
  if (!Array.isArray(value) || !value.every((one) => typeof one === "string")) throw new FieldTypeError();
  return value;
}

function permissionsOf(fields: Fields, name: string): Permissions {
  const kv = objectOf(objectOf(fields[name])["kv"]);
  return { read: textsOf(kv, "read"), write: textsOf(kv, "write") };
}
