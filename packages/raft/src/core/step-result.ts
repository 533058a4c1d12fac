// What became of a message.

/** Handled, or a proposal that was dropped. */
export type StepResult = "ok" | "dropped";
