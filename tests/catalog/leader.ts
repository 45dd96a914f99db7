import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import {
  CatalogService,
  type OrderRequestSchema,
  type OrderResponse,
} from "../../gen/toystore/catalog/v1/catalog_pb.ts";
import { reservesOf, settledOf } from "./rpc/columns.ts";
import { Conversation } from "./rpc/conversation.ts";

type Request = MessageInitShape<typeof OrderRequestSchema>;

/** A leading order replica that talks to a catalog on a port. Each of its sessions has a higher number. */
export class Leader {
  private readonly manager: Http2SessionManager;
  readonly client: Client<typeof CatalogService>;
  private stream: Conversation<Request, OrderResponse> | undefined;
  private session = 0;
  private lastTicket = 0n;
  /** Sent with each reserve until one is answered: what the catalog knows already, it ignores. */
  private settles: { number: number; key: string; product: string; quantity: number }[] = [];

  constructor(port: number) {
    const baseUrl = `http://127.0.0.1:${port}`;
    this.manager = new Http2SessionManager(baseUrl);
    const sessionManager = this.manager;
    this.client = createClient(CatalogService, createConnectTransport({ baseUrl, httpVersion: "2", sessionManager }));
  }

  /** What the catalog says first. */
  async open(): Promise<OrderResponse["opened"]> {
    this.stream?.leave();
    this.session += 1;
    const stream = new Conversation<Request, OrderResponse>((requests, options) =>
      this.client.order(requests, options),
    );
    stream.say({ open: { storeId: "s1", term: 1n, session: BigInt(this.session) } });
    this.stream = stream;
    const { opened } = await stream.hear();
    stream.beat({});
    return opened;
  }

  /** The code. A machine that is busy with something else may cost a session, but not the answer. */
  async reserve(key: string, product: string, quantity: number): Promise<number | undefined> {
    this.lastTicket += 1n;
    const ticket = this.lastTicket;
    for (;;) {
      try {
        const { settles } = this;
        const reserve = reservesOf({ ticket: Number(ticket), key, product, quantity });
        this.stream?.say({ ...(settles.length > 0 && { settled: settledOf(...settles) }), reserve });
        const answer = await this.stream?.hearOf(({ decisions }) => decisions?.tickets.includes(ticket) === true);
        this.settles = [];
        return answer?.decisions?.codes[answer.decisions.tickets.indexOf(ticket)];
      } catch (error) {
        if (ConnectError.from(error).code !== Code.DeadlineExceeded) throw error;
        await this.open();
      }
    }
  }

  /** Goes with the next reserve. */
  settle(number: number, key: string, product: string, quantity: number): void {
    this.settles = [...this.settles, { number, key, product, quantity }];
  }

  leave(): void {
    this.stream?.leave();
    this.manager.abort();
  }
}
