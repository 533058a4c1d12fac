/**
 * Hashes of passwords by scrypt, computed off the event loop. etcd's own members store bcrypt, which Node does not have: a hash
 * made here is of no use to them, and one of theirs matches no password here.
 */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

const saltBytes = 16;
const hashBytes = 32;

export class ScryptPasswords {
  async hash(password: string): Promise<string> {
    const salt = randomBytes(saltBytes);
    const hash = await derive(password, salt);
    return `$scrypt$${salt.toString("base64")}$${hash.toString("base64")}`;
  }

  async matches(password: string, hash: string): Promise<boolean> {
    const [, salt, expected] = /^\$scrypt\$([^$]+)\$([^$]+)$/.exec(hash) ?? [];
    if (salt === undefined || expected === undefined) return false;
    const found = await derive(password, Buffer.from(salt, "base64"));
    const wanted = Buffer.from(expected, "base64");
    return found.length === wanted.length && timingSafeEqual(found, wanted);
  }
}

function derive(password: string, salt: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    scrypt(password, salt, hashBytes, (error, key) => (error === null ? resolve(key) : reject(error))),
  );
}
