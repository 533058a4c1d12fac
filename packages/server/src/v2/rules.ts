/**
 * Where generations change the tree in different ways. A request in the log names its generation only where that makes
 * a difference to the tree, so that everything else reads the same to every member, Go's included.
 */

/** The ways in which releases before 2.0 change the tree. */
export interface TreeRules {
  /** In-order keys have 20 digits, so that they sort as text. */
  readonly paddedKeys: boolean;
  /** An update or compare-and-swap without a time to live leaves the present one. */
  readonly keepsTtl: boolean;
  /** An update with an empty value leaves the value and the modified index. */
  readonly keepsValue: boolean;
}

const current: TreeRules = { paddedKeys: true, keepsTtl: false, keepsValue: false };

const byDialect: Readonly<Record<string, TreeRules>> = {
  "0.2": { paddedKeys: false, keepsTtl: true, keepsValue: true },
  "0.3": { paddedKeys: false, keepsTtl: true, keepsValue: false },
  "0.4": { paddedKeys: false, keepsTtl: false, keepsValue: false },
};

/** The rules a request in the log asks for; a name we do not know is that of a release with the current rules. */
export function rulesOf(dialect: string | undefined): TreeRules {
  if (dialect === undefined || !Object.hasOwn(byDialect, dialect)) return current;
  return byDialect[dialect] ?? current;
}
