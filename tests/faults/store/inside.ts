// Moves into a network namespace and then becomes a service: inside.ts NAMESPACE SERVICE.
// Every socket of a service is made by its main thread, and that is the one that moves.
import { dlopen, FFIType } from "bun:ffi";
import { openSync } from "node:fs";

const networkNamespace = 0x40000000;

const [, , path = "", service = ""] = process.argv;
const libc = dlopen("libc.so.6", { setns: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 } });
if (libc.symbols.setns(openSync(path, "r"), networkNamespace) !== 0) throw new Error(`cannot move to ${path}`);

if (service === "services/catalog/main.ts") await import("../../../services/catalog/main.ts");
else if (service === "services/order/main.ts") await import("../../../services/order/main.ts");
else if (service === "services/front-end/main.ts") await import("../../../services/front-end/main.ts");
else throw new Error(`no service ${service}`);
