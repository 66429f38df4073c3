// The yardstick: a bare binary heap over typed arrays. Against it the kernel is measured, and by it the machine of a run
// is told from that of another: where neighbours slow it down, all absolute numbers fall with it.

/** Times in the heap at once. */
export const PENDING = 10_000;

/** The least a queue of events can be: times in a binary heap, nothing else. */
class BareHeap {
  readonly times = new Float64Array(PENDING + 1);
  size = 0;

  push(time: number): void {
    const { times } = this;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (times[parent]! <= time) break;
      times[at] = times[parent]!;
      at = parent;
    }
    times[at] = time;
  }

  pop(): number {
    const { times } = this;
    const top = times[0]!;
    const last = times[--this.size]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && times[child + 1]! < times[child]!) child++;
      if (times[child]! >= last) break;
      times[at] = times[child]!;
      at = child;
    }
    times[at] = last;
    return top;
  }
}

/** A cheap spread of delays, the same for both. */
export function delays(): () => number {
  let state = 12_345;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return 1 + (state >>> 16);
  };
}

/** Events a second of the bare heap. */
export function bareRate(events: number): number {
  const heap = new BareHeap();
  const delay = delays();
  for (let index = 0; index < PENDING; index++) heap.push(delay());
  const startedAt = performance.now();
  for (let event = 0; event < events; event++) heap.push(heap.pop() + delay());
  return (events / (performance.now() - startedAt)) * 1000;
}
