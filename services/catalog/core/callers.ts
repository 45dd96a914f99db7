import type {
  CallerId,
  Fence,
  FrontId,
  Invalidation,
  Opened,
  Query,
  QueryReply,
  Refusal,
  ReserveReply,
  SessionId,
  Work,
} from "./types.ts";

/** A stream, or a call, that asks queries: where its answers go. */
export interface QueryCaller {
  /** False: it does not take its answers, and is given up. */
  replies(replies: readonly QueryReply[]): boolean;
  refused(refusal: Refusal): void;
}

/** A leader's connection: where its answers go. Each returns false if they are not taken. */
export interface SessionCaller {
  opened(opened: Opened): boolean;
  replies(replies: readonly ReserveReply[]): boolean;
  refused(refusal: Refusal): void;
}

/** A stream to a front-end. */
export interface FrontStream {
  /** False: it does not take its messages. */
  send(message: Invalidation): boolean;
  close(): void;
}

/** What the adapters of the network may ask of the catalog. */
export interface CatalogPort {
  /** False before the catalog is recovered, and when it stops. */
  readonly isOpen: boolean;
  addQueryCaller(caller: QueryCaller): CallerId;
  removeQueryCaller(caller: CallerId): void;
  query(caller: CallerId, queries: readonly Query[]): void;
  openSession(caller: SessionCaller, storeId: string, fence: Fence): SessionId;
  work(session: SessionId, work: Work): void;
  closeSession(session: SessionId): void;
  openFront(stream: FrontStream, address: string): FrontId;
  acknowledge(front: FrontId, sequence: number): void;
  closeFront(front: FrontId): void;
}
