/** Thrown when an invariant of the program itself is broken. Never caught to go on. */
export class InvariantError extends Error {
  override name = "InvariantError";
}

/** Ends the process, through an uncaught error, unless `condition` holds. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** Closes an exhaustive switch: does not compile while a case is missing. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable: ${JSON.stringify(value)}`);
}
