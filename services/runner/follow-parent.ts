// Preloaded into every child process: a pipe from the parent is its standard
// input, and the kernel closes that pipe however the parent ends, kill -9
// included. Then the child ends too, in its orderly way; nothing is left behind.
process.stdin.on("close", () => process.kill(process.pid, "SIGTERM"));
process.stdin.resume();
process.stdin.unref();
