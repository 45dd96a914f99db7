import { expect, test } from "bun:test";
import { type Answer, History, type Request } from "../sim/clients/history.ts";
import { checkHistory } from "./checks/history.ts";
import { checkFiles, type Rest } from "./checks/rest.ts";
import { fromHttp } from "./load/requests.ts";

/** A store that has sold two Tux of ten, to key c:a. */
function soldTwo(change: Partial<{ initial: number; sold: number; key: string }> = {}): Rest {
  const { initial = 10, sold = 2, key = "c:a" } = change;
  const tux = { initial, restocked: 0, adjusted: 0, sold, onHand: initial - sold };
  return {
    orders: [{ number: 0, name: "Tux", quantity: 2, key }],
    catalog: { products: new Map([["Tux", tux]]), settledBelow: 1 },
    lines: [",,,1,1,,00000000", `0,Tux,2,2,1,${key},00000000`],
  };
}

/** A history of requests that came one after the other. */
function told(...steps: readonly (readonly [Request, Answer])[]): History {
  const history = new History(() => 0, []);
  for (const [request, answer] of steps) history.return(history.invoke("client", request), answer);
  return history;
}

const buyTwo: Request = { type: "buy", key: "c:a", product: "Tux", quantity: 2 };
const readTux: Request = { type: "read", product: "Tux" };
const shows = (quantity: number): Answer => ({ type: "stock", quantity, version: 0, cached: false });
const complaints = (history: History, rest = soldTwo()): readonly string[] =>
  checkHistory(history, rest, new Map([["Tux", 10]]), ["Tux"]).complaints;

test("a history that one stock explains is accepted", () => {
  expect(complaints(told([readTux, shows(10)], [buyTwo, { type: "bought", number: 0 }], [readTux, shows(8)]))).toEqual(
    [],
  );
});

test("a stale read after an acknowledged purchase is found", () => {
  const history = told([buyTwo, { type: "bought", number: 0 }], [readTux, shows(10)]);
  expect(complaints(history)).toEqual([expect.stringContaining("Tux")]);
});

test("a purchase that was refused, and never tried again, may not be in the log", () => {
  expect(complaints(told([buyTwo, { type: "refused" }]))).toEqual([expect.stringContaining("refused")]);
});

test("a purchase with an unknown outcome may be in the log", () => {
  expect(complaints(told([buyTwo, { type: "unknown" }], [readTux, shows(8)]))).toEqual([]);
});

test("an acknowledged order that the log does not have is found, in the history and in the files", () => {
  const rest = soldTwo({ key: "c:b" });
  expect(complaints(told([buyTwo, { type: "bought", number: 0 }]), rest)).toEqual([expect.stringContaining("order 0")]);
  const purchase = { number: 0, product: "Tux", quantity: 2, key: "c:a" };
  expect(checkFiles(rest, [purchase])).toEqual([expect.stringContaining("order 0 was acknowledged")]);
});

test("stock that was not there, or is not booked as ordered, is found in the files", () => {
  expect(checkFiles(soldTwo(), [])).toEqual([]);
  expect(checkFiles(soldTwo({ initial: 1 }), [])).toEqual([expect.stringContaining("were not there")]);
  expect(checkFiles(soldTwo({ sold: 1 }), [])).toEqual([expect.stringContaining("booked as sold")]);
});

test("replies are told apart as the contract says: certain, uncertain, strange", () => {
  const reply = (status: number, body = "{}") => fromHttp(buyTwo, { status, headers: new Map(), body });
  expect(reply(200, '{"data":{"order_number":4}}')).toEqual({ answer: { type: "bought", number: 4 } });
  expect(reply(200, '{"data":{"order_number":-1}}')).toEqual({ answer: { type: "out-of-stock" } });
  expect(reply(503)).toEqual({ answer: { type: "refused" }, trouble: "HTTP 503" });
  expect(reply(500)).toEqual({ answer: { type: "unknown" }, trouble: "HTTP 500" });
  expect(reply(200, '{"data":{}}').answer).toEqual({ type: "other" });
  expect(fromHttp(buyTwo, { failure: "unreachable" }).answer).toEqual({ type: "refused" });
  expect(fromHttp(buyTwo, { failure: "connection lost" }).answer).toEqual({ type: "unknown" });
});
