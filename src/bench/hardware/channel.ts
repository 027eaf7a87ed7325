// What a Transport of this bench stands on: a channel of bytes and the line it belongs to. Knows neither tty nor USB.

export type ChannelEnd = 'unplugged' | 'failed';

export interface ChannelListener {
  received(bytes: Uint8Array): void;
  /** Once. Nothing is received after it; sends that were under way are told with `ended` too. */
  ended(reason: ChannelEnd): void;
}

export interface Sending {
  readonly bytes: Uint8Array;
  /** Bytes that the driver has taken so far. */
  sent: number;
  readonly done: (outcome: 'sent' | 'ended') => void;
}

export interface Channel {
  /** Bytes are told from now on, or left where they hold the sender back. */
  listen(on: boolean): void;
  /** Sends after everything that was sent before. `done` is called once, perhaps before this returns. */
  send(bytes: Uint8Array, done: Sending['done']): Sending;
  /** Gives a send up: what the driver has not taken is not sent, `done` is not called. */
  cancel(sending: Sending): void;
  /** Tells what has arrived in the kernel and was not told yet. */
  sweep(): void;
  /** Ends without telling the listener. Nothing of the channel is under way on the descriptor afterwards, or the line's close waits for it. */
  stop(): void;
}

export interface Line {
  /** Resolves when everything sent has left the driver; perhaps never (serial-and-usb.md F6). */
  drain(): Promise<void>;
  /** Throws away what has not left the driver. */
  flush(): Promise<void>;
  setBaudRate(baudRate: number): Promise<void>;
  close(): Promise<void>;
}
