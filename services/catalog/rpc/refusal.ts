import { Code, ConnectError } from "@connectrpc/connect";
import type { Refusal } from "../core/types.ts";

const codes: Readonly<Record<Refusal["code"], Code>> = {
  "wrong-store": Code.FailedPrecondition,
  fenced: Code.Aborted,
  invalid: Code.InvalidArgument,
  overloaded: Code.ResourceExhausted,
  silent: Code.DeadlineExceeded,
  stopping: Code.Unavailable,
};

export function errorOf(refusal: Refusal): ConnectError {
  return new ConnectError(refusal.message, codes[refusal.code]);
}

export function invalid(message: string): ConnectError {
  return new ConnectError(message, Code.InvalidArgument);
}
