import { Crowd, type CrowdPlan } from "./crowd.ts";

const plan = JSON.parse(process.argv[2] ?? "") as CrowdPlan;
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const crowd = new Crowd(plan, say);
await crowd.open();
say({ open: plan.connections });
await crowd.run();
process.exit(0);
