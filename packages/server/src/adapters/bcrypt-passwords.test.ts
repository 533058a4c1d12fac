import assert from "node:assert/strict";
import { test } from "node:test";
import { BcryptPasswords } from "./bcrypt-passwords.ts";

const passwords = new BcryptPasswords({ cost: 4 });

test("a password matches its hash and no other", async () => {
  const hashed = await passwords.hash("secret");
  assert.match(hashed, /^\$2[ab]\$04\$/);
  assert.equal(await passwords.matches("secret", hashed), true);
  assert.equal(await passwords.matches("Secret", hashed), false);
});

test("hashes that Go's library has made are understood, whatever they cost", async () => {
  const ofA = "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe";
  assert.equal(await passwords.matches("a", ofA), true);
  assert.equal(await passwords.matches("b", ofA), false);
});

test("what is no hash matches nothing", async () => {
  for (const stored of ["", "plain", "$2a$", "$2a$06$short"])
    assert.equal(await passwords.matches("plain", stored), false);
});
