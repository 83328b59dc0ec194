// <exit-timeline>: the exits of a trace on a canvas, a lane for each vCPU. Wheel and keys zoom, dragging moves.

const LANE = 46;
const TOP = 22;
const LEFT = 64;

/** Marks are drawn in this order: what matters lies above. */
const KINDS = ['l0', 'l1', 'flush', 'synthetic', 'contradiction'];

class ExitTimeline extends HTMLElement {
  #canvas = document.createElement('canvas');
  /** @type {{t: Float64Array, kind: Uint8Array, lane: Uint16Array, index: Int32Array}} */
  #marks = {t: new Float64Array(0), kind: new Uint8Array(0), lane: new Uint16Array(0), index: new Int32Array(0)};
  #lanes = /** @type {string[]} */ ([]);
  #from = 0;
  #to = 1;
  #selected = -1;
  #asked = false;
  /** How long the last frames took to draw, in milliseconds. */
  frames = /** @type {number[]} */ ([]);

  connectedCallback() {
    const canvas = this.#canvas;
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'img');
    this.append(canvas);
    new ResizeObserver(() => this.#ask()).observe(this);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#ask());
    canvas.addEventListener('wheel', event => {
      event.preventDefault();
      this.#zoom(Math.exp(event.deltaY * 0.002), this.#at(event.offsetX));
    }, {passive: false});
    let grip = 0;
    let moved = false;
    canvas.addEventListener('pointerdown', event => {
      canvas.setPointerCapture(event.pointerId);
      grip = this.#at(event.offsetX);
      moved = false;
    });
    canvas.addEventListener('pointermove', event => {
      if (event.buttons & 1 && Math.abs(event.movementX) > 0) {
        moved = true;
        this.#move(grip - this.#at(event.offsetX));
      }
    });
    canvas.addEventListener('pointerup', event => moved || this.#click(event.offsetX, event.offsetY));
    canvas.addEventListener('keydown', event => this.#key(event));
  }

  /**
   * @param {{marks: {t: number, lane: number, kind: string, index: number}[], lanes: string[], words: string}} view
   *     index: what is told of a mark that is clicked
   */
  set view({marks, lanes, words}) {
    const sorted = [...marks].sort((a, b) => a.t - b.t);
    this.#marks = {
      t: Float64Array.from(sorted, it => it.t),
      kind: Uint8Array.from(sorted, it => KINDS.indexOf(it.kind)),
      lane: Uint16Array.from(sorted, it => it.lane),
      index: Int32Array.from(sorted, it => it.index),
    };
    this.#lanes = lanes;
    this.#selected = -1;
    this.#canvas.setAttribute('aria-label', words);
    this.style.setProperty('height', TOP + lanes.length * LANE + 24 + 'px');
    this.whole();
  }

  /** Shows all of it. */
  whole() {
    const {t} = this.#marks;
    const last = t.length ? t[t.length - 1] : 1;
    const first = t.length ? t[0] : 0;
    const edge = (last - first) * 0.01 || 0.5;
    this.#from = first - edge;
    this.#to = last + edge;
    this.#ask();
  }

  /** @param {number} factor below 1: nearer @param {number} [around] the time that stays where it is */
  zoom(factor, around = (this.#from + this.#to) / 2) {
    this.#zoom(factor, around);
  }

  #zoom(factor, around) {
    const {t} = this.#marks;
    const whole = t.length ? (t[t.length - 1] - t[0]) * 1.1 || 1 : 1;
    const width = (this.#to - this.#from) * factor;
    if (width > whole * 1.5 || width < whole * 1e-7) {
      return;
    }
    this.#from = around - (around - this.#from) * factor;
    this.#to = this.#from + width;
    this.#ask();
  }

  #move(by) {
    this.#from += by;
    this.#to += by;
    this.#ask();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const width = this.#to - this.#from;
    const middle = (this.#from + this.#to) / 2;
    const act = {
      '+': () => this.#zoom(0.7, middle), '=': () => this.#zoom(0.7, middle), '-': () => this.#zoom(1.4, middle),
      ArrowLeft: () => this.#move(-width / 10), ArrowRight: () => this.#move(width / 10), 0: () => this.whole(),
      n: () => this.#step(1), p: () => this.#step(-1),
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  }

  /** To the next mark that is no plain exit, or the one before. */
  #step(direction) {
    const {t, kind} = this.#marks;
    for (let i = this.#selected + direction; i >= 0 && i < t.length; i += direction) {
      if (kind[i] >= KINDS.indexOf('synthetic') || !kind.some(it => it >= KINDS.indexOf('synthetic'))) {
        this.#show(i);
        return;
      }
    }
  }

  #show(i) {
    const {t, index} = this.#marks;
    this.#selected = i;
    if (t[i] < this.#from || t[i] > this.#to) {
      this.#move(t[i] - (this.#from + this.#to) / 2);
    }
    this.#ask();
    this.dispatchEvent(new CustomEvent('mark', {detail: {index: index[i]}}));
  }

  #at(x) {
    return this.#from + (x - LEFT) / Math.max(1, this.clientWidth - LEFT) * (this.#to - this.#from);
  }

  /** The first mark at or after a time. */
  #first(time) {
    const {t} = this.#marks;
    let low = 0;
    let high = t.length;
    while (low < high) {
      const middle = low + high >> 1;
      if (t[middle] < time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  #click(x, y) {
    const {t, lane, kind} = this.#marks;
    const wanted = Math.floor((y - TOP) / LANE);
    const time = this.#at(x);
    const reach = this.#at(x + 6) - time;
    let best = -1;
    for (let i = this.#first(time - reach); i < t.length && t[i] <= time + reach; i++) {
      if (lane[i] === wanted && (best < 0 || kind[i] > kind[best]
          || kind[i] === kind[best] && Math.abs(t[i] - time) < Math.abs(t[best] - time))) {
        best = i;
      }
    }
    if (best >= 0) {
      this.#show(best);
    }
  }

  #ask() {
    if (!this.#asked) {
      this.#asked = true;
      requestAnimationFrame(() => {
        this.#asked = false;
        const start = performance.now();
        this.#draw();
        this.frames.push(performance.now() - start);
        this.frames.splice(0, this.frames.length - 1000);
      });
    }
  }

  #draw() {
    const canvas = this.#canvas;
    const ratio = devicePixelRatio;
    const width = this.clientWidth;
    const height = this.clientHeight;
    if (!width || !height) {
      return;
    }
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const style = getComputedStyle(this);
    const colour = name => style.getPropertyValue(name);
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = '12px ' + style.fontFamily;
    context.textBaseline = 'middle';
    const scale = (width - LEFT) / (this.#to - this.#from);
    const x = time => LEFT + (time - this.#from) * scale;

    context.fillStyle = style.color;
    context.strokeStyle = colour('--line-now');
    context.beginPath();
    this.#lanes.forEach((name, i) => {
      const y = TOP + i * LANE;
      context.fillText(name, 4, y + LANE / 2);
      context.moveTo(LEFT, y + LANE - 3.5);
      context.lineTo(width, y + LANE - 3.5);
    });
    const step = niceStep((this.#to - this.#from) / Math.max(2, (width - LEFT) / 130));
    const digits = Math.max(0, Math.ceil(-Math.log10(step)));
    for (let tick = Math.ceil(this.#from / step) * step; tick <= this.#to; tick += step) {
      context.moveTo(x(tick), TOP - 4);
      context.lineTo(x(tick), TOP + this.#lanes.length * LANE);
      const text = tick.toFixed(digits);
      const half = context.measureText(text).width / 2;
      if (x(tick) - half > LEFT - 30 && x(tick) + half < width) {
        context.fillText(text, x(tick) - half, 9);
      }
    }
    context.stroke();

    // One bar a column and kind: as many rectangles as there are pixels, not as there are exits.
    const {t, kind, lane} = this.#marks;
    const columns = Math.ceil((width - LEFT) / 2);
    const seen = new Uint32Array(columns * this.#lanes.length * KINDS.length);
    let most = 1;
    for (let i = this.#first(this.#from), end = this.#first(this.#to); i < end; i++) {
      const column = Math.floor((t[i] - this.#from) * scale / 2);
      const count = ++seen[(kind[i] * this.#lanes.length + lane[i]) * columns + column];
      if (count > most && kind[i] < 2) {
        most = count;
      }
    }
    const tall = LANE - 10;
    for (let k = 0; k < KINDS.length; k++) {
      context.fillStyle = colour('--mark-' + KINDS[k] + '-now');
      for (let l = 0; l < this.#lanes.length; l++) {
        const base = TOP + l * LANE + LANE - 4;
        for (let c = 0; c < columns; c++) {
          const count = seen[(k * this.#lanes.length + l) * columns + c];
          if (count) {
            const h = k < 2 ? tall * 0.55 * (0.35 + 0.65 * Math.log1p(count) / Math.log1p(most)) : 9;
            const y = k < 2 ? base - h : k === 2 ? base - tall * 0.72 : base - tall;
            context.fillRect(LEFT + c * 2 - (k < 2 ? 0 : 1), y, k < 2 ? 2 : 4, h);
          }
        }
      }
    }
    if (this.#selected >= 0) {
      const i = this.#selected;
      context.strokeStyle = style.color;
      context.strokeRect(x(t[i]) - 4, TOP + lane[i] * LANE + 1.5, 8, LANE - 4);
    }
  }
}

/** 1, 2 or 5 times a power of ten, at least so much. */
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find(it => it * power >= least) ?? 10);
}

customElements.define('exit-timeline', ExitTimeline);
