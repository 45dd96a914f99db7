import { describe, expect, test } from "bun:test";
import type { FrontId } from "../../../services/catalog/core/types.ts";
import { Desk } from "./desk.ts";

describe("while the catalog itself was held up", () => {
  /** A message waits for its acknowledgement when the process stops for a good second. */
  function heldUp(): Desk {
    const desk = new Desk().afterGhost().open(1).lease(1);
    while (desk.wait(10).message(1) === undefined);
    desk.nowMs += 1_100;
    return desk;
  }

  const blamed = (desk: Desk): number =>
    [...desk.of("front-close"), ...desk.notices("front-end-slow"), ...desk.notices("front-end-lost")].length;

  test("a front-end whose acknowledgement lay unread is neither closed nor blamed", () => {
    const desk = heldUp().take({ type: "tick" });
    expect(blamed(desk)).toBe(0);
    expect(blamed(desk.acknowledge(1))).toBe(0);
    expect(desk.wait(100).of("invalidate")[0]?.message.lease).toBe(true);
  });

  test("nor if its acknowledgement is read before the first tick", () => {
    const desk = heldUp().acknowledge(1);
    expect(blamed(desk)).toBe(0);
    expect(desk.message(1)?.lease).toBe(true);
    expect(blamed(desk.take({ type: "tick" }))).toBe(0);
  });

  test("a front-end that is lost then is not called slow", () => {
    const desk = heldUp().take({ type: "front-gone", front: 1 as FrontId });
    expect(desk.notices("front-end-lost").length).toBe(1);
    expect(desk.notices("front-end-slow")).toEqual([]);
  });

  test("no lease is granted to who has not acknowledged since", () => {
    const desk = heldUp().take({ type: "tick" });
    expect(desk.message(1)?.lease).toBe(false);
    expect(desk.query("Tux").reserve(1, "c:1", "Tux", 1).replies).toEqual([{ ticket: 1, code: 1 }]);
  });

  test("a front-end that answers nothing afterwards either is dialled anew a second later", () => {
    const desk = heldUp().take({ type: "tick" });
    expect(blamed(desk.wait(990))).toBe(0);
    expect(desk.wait(30).of("front-close").length).toBe(1);
  });
});
