import { describe, expect, test } from "bun:test";
import { Outbox } from "../../../services/order/core/outbox.ts";
import type { CallerId, PeerMessage, Reply } from "../../../services/order/core/types.ts";
import { entry, index, replica, term } from "./names.ts";

const nominate: PeerMessage = { type: "nominate", consentTerm: term(1) };

function tokenOf(outbox: Outbox): number {
  const save = outbox.take().find((effect) => effect.type === "save-vote");
  return save?.type === "save-vote" ? save.token : -1;
}

describe("effects", () => {
  test("come in order, and once", () => {
    const outbox = new Outbox();
    outbox.append(entry(1, 1));
    outbox.truncate(index(0));
    outbox.append(entry(1, 2));
    expect(outbox.take().map(({ type }) => type)).toEqual(["append", "truncate", "append"]);
    expect(outbox.take()).toEqual([]);
  });

  test("that append next to each other are one", () => {
    const outbox = new Outbox();
    outbox.append(entry(1, 1));
    outbox.append(entry(2, 1, 0));
    expect(outbox.take()).toEqual([{ type: "append", entries: [entry(1, 1), entry(2, 1, 0)] }]);
  });

  test("that reply to one caller are one", () => {
    const outbox = new Outbox();
    const reply = (id: number): Reply => ({ id, call: "buy", code: "not-leader", order: undefined });
    outbox.reply(1 as CallerId, reply(1));
    outbox.reply(2 as CallerId, reply(2));
    outbox.reply(1 as CallerId, reply(3));
    expect(outbox.take()).toEqual([
      { type: "reply", caller: 1 as CallerId, replies: [reply(1), reply(3)] },
      { type: "reply", caller: 2 as CallerId, replies: [reply(2)] },
    ]);
  });
});

describe("messages to peers", () => {
  test("wait until the vote behind them is synced", () => {
    const outbox = new Outbox();
    outbox.saveVote(term(2), replica(1));
    outbox.send(replica(2), nominate);
    const token = tokenOf(outbox);
    expect(outbox.take()).toEqual([]);
    outbox.onVoteSaved(token);
    expect(outbox.take()).toEqual([{ type: "send", to: replica(2), message: nominate }]);
  });

  test("wait for the newest vote, not for an older one", () => {
    const outbox = new Outbox();
    outbox.saveVote(term(2), replica(1));
    const older = tokenOf(outbox);
    outbox.saveVote(term(3), undefined);
    const newer = tokenOf(outbox);
    outbox.send(replica(2), nominate);
    outbox.onVoteSaved(older);
    expect(outbox.take()).toEqual([]);
    outbox.onVoteSaved(newer);
    expect(outbox.take()).toHaveLength(1);
  });

  test("leave once, whatever votes come later", () => {
    const outbox = new Outbox();
    outbox.saveVote(term(2), replica(1));
    outbox.send(replica(2), nominate);
    outbox.onVoteSaved(tokenOf(outbox));
    outbox.saveVote(term(3), undefined);
    outbox.send(replica(3), nominate);
    outbox.onVoteSaved(tokenOf(outbox));
    expect(outbox.take()).toEqual([{ type: "send", to: replica(3), message: nominate }]);
  });
});
