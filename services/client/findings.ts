import type { Order } from "./store-api.ts";

/** A promise of the store that was broken, with what proves it. */
export type Finding =
  | { readonly type: "lost"; readonly order: Order }
  | { readonly type: "changed"; readonly order: Order; readonly shown: Order }
  | { readonly type: "duplicate"; readonly first: Order; readonly second: Order }
  | { readonly type: "wrong product"; readonly asked: string; readonly shown: string }
  | { readonly type: "stale stock"; readonly name: string; readonly expected: number; readonly shown: number };

/** One line for people: what was promised and what was seen instead. */
export function describeFinding(finding: Finding): string {
  switch (finding.type) {
    case "lost":
      return `lost: ${describeOrder(finding.order)} was acknowledged, and the store says that there is no such order`;
    case "changed":
      return `changed: ${describeOrder(finding.order)} was acknowledged, and reads back as ${describeOrder(finding.shown)}`;
    case "duplicate":
      return `duplicate: number ${finding.first.number} was given to two purchases, ${finding.first.quantity} ${finding.first.name} and ${finding.second.quantity} ${finding.second.name}`;
    case "wrong product":
      return `wrong product: ${finding.asked} was asked for, and ${finding.shown} was shown`;
    case "stale stock":
      return `stale stock: after this session's own purchase ${finding.name} must stand at ${finding.expected}, and ${finding.shown} was shown`;
  }
}

function describeOrder(order: Order): string {
  return `order ${order.number} (${order.quantity} ${order.name})`;
}
