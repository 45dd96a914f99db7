import type { Happening } from "../kernel/event-queue.ts";
import type { Arrival, SimProcess } from "../kernel/sim-process.ts";
import type { Connection, Network } from "./network.ts";

/** One end of a stream, as its process uses it. */
export interface StreamEnd<In> {
  onMessage(message: In): void;
  /** The other side is gone, or the connection; called at most once, never after this side has closed. */
  onClosed(): void;
}

/** Takes a stream in at the process that it was opened to; undefined: refused. */
export type Accept<Up, Down> = (stream: Stream<Up, Down>) => StreamEnd<Up> | undefined;

/**
 * A connection between two runs of two processes: what is sent arrives in order
 * or not at all. A cut only holds it up (the sender repeats). When one side has
 * given up, what it sent before may still arrive at the other, late.
 */
export class Stream<Up, Down> implements Connection {
  private readonly toOpener: Direction<Down>;
  private readonly toAcceptor: Direction<Up>;

  constructor(
    private readonly network: Network,
    opener: SimProcess,
    acceptor: SimProcess,
    end: StreamEnd<Down>,
    accept: Accept<Up, Down>,
  ) {
    this.toOpener = new Direction<Down>(network, acceptor, opener, () => this.closeFromOpener());
    this.toAcceptor = new Direction<Up>(network, opener, acceptor, () => this.closeFromAcceptor());
    this.toOpener.end = end;
    this.toAcceptor.onOpening = () => {
      this.toAcceptor.end = accept(this);
      if (this.toAcceptor.end === undefined) this.closeFromAcceptor();
    };
    network.streams.add(this);
    this.toAcceptor.transmit(opening);
  }

  sendUp(message: Up): void {
    if (!this.toOpener.isOver) this.toAcceptor.transmit(message);
  }

  sendDown(message: Down): void {
    if (!this.toAcceptor.isOver) this.toOpener.transmit(message);
  }

  /** The opening side hears nothing more; the other learns it behind what was sent. */
  closeFromOpener(): void {
    this.shut(this.toOpener, this.toAcceptor);
  }

  closeFromAcceptor(): void {
    this.shut(this.toAcceptor, this.toOpener);
  }

  /** The accepting side says goodbye, and still hears what is on its way. */
  endFromAcceptor(): void {
    if (!this.toOpener.isOver) this.toOpener.transmitClosing();
  }

  /** The connection broke: both learn it. */
  reset(): void {
    this.network.streams.delete(this);
    this.toOpener.transmitClosing();
    this.toAcceptor.transmitClosing();
  }

  /** A process has ended: whoever is at the other side learns it. */
  closeFrom(process: SimProcess): void {
    if (this.toOpener.isAt(process)) this.closeFromOpener();
    if (this.toAcceptor.isAt(process)) this.closeFromAcceptor();
  }

  /** Each side is told by its own machine that the other cannot be reached; what is under way is lost. */
  fail(): void {
    this.network.streams.delete(this);
    this.toOpener.fail();
    this.toAcceptor.fail();
  }

  isBetween(one: SimProcess, other: SimProcess): boolean {
    const { toOpener, toAcceptor } = this;
    return (toOpener.isAt(one) && toAcceptor.isAt(other)) || (toOpener.isAt(other) && toAcceptor.isAt(one));
  }

  private shut(own: OneWay, other: OneWay): void {
    if (own.isOver) return;
    own.silence();
    if (!other.isOver) other.transmitClosing();
    this.network.streams.delete(this);
  }
}

const opening = Symbol("opening");
const closing = Symbol("closing");
type Segment<In> = In | typeof opening | typeof closing;

/** A direction, whatever it carries. */
interface OneWay {
  readonly isOver: boolean;
  silence(): void;
  transmitClosing(): void;
}

/** One direction: the end where messages arrive, and what is on its way there. */
class Direction<In> implements OneWay, Happening, Arrival {
  /** The end here hears nothing any more. */
  isOver = false;
  end: StreamEnd<In> | undefined;
  onOpening: (() => void) | undefined;
  private readonly underWay: Segment<In>[] = [];
  private lastAtMs = 0;
  private held = 0;
  private readonly run: number;

  constructor(
    private readonly network: Network,
    private readonly from: SimProcess,
    private readonly to: SimProcess,
    /** Segments arrive at a run that has ended. */
    private readonly onRefused: () => void,
  ) {
    this.run = to.run;
  }

  isAt(process: SimProcess): boolean {
    return this.to === process && this.run === process.run;
  }

  silence(): void {
    this.isOver = true;
    this.end = undefined;
  }

  fail(): void {
    if (this.isOver || !this.to.isUp) return;
    this.underWay.length = 0;
    this.underWay.push(closing);
    this.to.admit(this.run, this);
  }

  transmit(segment: Segment<In>): void {
    this.underWay.push(segment);
    this.scheduleOne();
  }

  transmitClosing(): void {
    this.transmit(closing);
  }

  /** One segment has come to the end of the link; where that is cut it waits. */
  fire(): void {
    const { network, from, to, run } = this;
    if (network.isCut(from, to)) {
      if (this.held++ === 0) network.park(from, to, this);
    } else if (to.run === run && to.isUp) {
      to.admit(run, this);
    } else {
      this.underWay.length = 0;
      if (!to.isDark && !network.isCut(to, from)) this.onRefused();
    }
  }

  onHealed(): void {
    for (; this.held > 0; this.held--) this.scheduleOne();
  }

  arrive(): void {
    const segment = this.underWay.shift();
    if (segment === undefined || this.isOver) return;
    if (segment === opening) this.onOpening?.();
    else if (segment === closing) this.close();
    else this.end?.onMessage(segment);
  }

  private close(): void {
    const { end } = this;
    this.silence();
    end?.onClosed();
  }

  private scheduleOne(): void {
    const { timeline } = this.network;
    this.lastAtMs = Math.max(this.lastAtMs, timeline.nowMs + this.network.delayMs());
    timeline.scheduleAt(this.lastAtMs, this);
  }
}
