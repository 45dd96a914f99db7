import { z } from "zod";

// etcd's JSON gateway: keys and values are base64, 64-bit integers are text. Through
// Connect's gRPC transport the same calls were slower on Bun.

const rangeReply = z.object({
  kvs: z.array(z.object({ value: z.string(), mod_revision: z.string() })).default([]),
});
const txnReply = z.object({ header: z.object({ revision: z.string() }), succeeded: z.boolean().default(false) });
const statusReply = z.object({ leader: z.string().optional(), header: z.object({ member_id: z.string() }) });

/** A value, and the revision of the whole store that wrote it. */
export interface Versioned {
  readonly value: string;
  readonly revision: string;
}

/** One transaction: every key still has its revision ("0": it does not exist), then all are put. */
export interface Transaction {
  readonly unchanged: readonly { readonly key: string; readonly revision: string }[];
  readonly put: readonly { readonly key: string; readonly value: string }[];
}

export class Gateway {
  constructor(private readonly url: string) {}

  /** A linearizable read. Undefined: there is no such key. */
  async get(key: string): Promise<Versioned | undefined> {
    const [found] = rangeReply.parse(await this.call("kv/range", { key: btoa(key) })).kvs;
    return found === undefined ? undefined : { value: atob(found.value), revision: found.mod_revision };
  }

  /** The revision that it made; undefined: something had changed, and nothing was put. */
  async commit({ unchanged, put }: Transaction): Promise<string | undefined> {
    const reply = txnReply.parse(
      await this.call("kv/txn", {
        compare: unchanged.map(({ key, revision }) => ({
          key: btoa(key),
          target: "MOD",
          result: "EQUAL",
          mod_revision: revision,
        })),
        success: put.map(({ key, value }) => ({ request_put: { key: btoa(key), value: btoa(value) } })),
      }),
    );
    return reply.succeeded ? reply.header.revision : undefined;
  }

  /** Does this node lead the others? Undefined: nobody does yet. */
  async leads(): Promise<boolean | undefined> {
    const { leader, header } = statusReply.parse(await this.call("maintenance/status", {}));
    return leader === undefined ? undefined : leader === header.member_id;
  }

  private async call(path: string, body: object): Promise<unknown> {
    const reply = await fetch(`${this.url}/v3/${path}`, { method: "POST", body: JSON.stringify(body) });
    if (reply.status !== 200) throw new Error(`etcd: ${reply.status} ${await reply.text()}`);
    return reply.json();
  }
}
