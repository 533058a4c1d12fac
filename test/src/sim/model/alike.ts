/** Whether two things would be shown alike, without showing them: nearly always they are, and texts of thousands of answers take time. */
import { show } from "./answers.ts";

/** Whether `show` gives the same text for both. */
export function isAlike(left: unknown, right: unknown): boolean {
  return isSame(left, right) || show(left) === show(right);
}

/** Whether two things are the same through and through, the order of their fields included; true at most when their texts are equal. */
function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  const [own, other] = [Object.keys(left), Object.keys(right)];
  if (own.length !== other.length || Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) return false;
  return own.every((name, i) => name === other[i] && isSame(fieldOf(left, name), fieldOf(right, name)));
}

function fieldOf(value: object, name: string): unknown {
  return (value as Readonly<Record<string, unknown>>)[name];
}
