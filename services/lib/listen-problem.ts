/** A port that a process listens on, and the variable that moves it. */
export interface PortUse {
  readonly variable: string;
  readonly port: number;
}

/** Why it cannot be listened on, and what to do, in one line. `error`: what listening ended with. */
export function listenProblem(error: unknown, { variable, port }: PortUse, bindAddress: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const advice = `set ${variable} to another one`;
  if (code === "EADDRINUSE") return `port ${port} on ${bindAddress} is taken: end what listens there, or ${advice}`;
  if (code === "EACCES") return `port ${port} may not be used by this user: ${advice}`;
  // Whatever else is wrong is wrong with the address: not of this machine, or no address at all.
  return `${bindAddress} cannot be listened on (${message}): set BIND_ADDRESS to an address of this machine`;
}
