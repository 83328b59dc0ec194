// A trace as a timeline by vCPU. The canvas draws at most one mark a pixel, whatever the number of exits.
import {html, nothing} from '/webjars/lit-html/lit-html.js';

const LANE = 34;
const TOP = 18;

/** @param {any} state @param {(part: any) => void} set */
export function auditView(state, set) {
  const audit = state.audit;
  const sum = audit.summary;
  const chosen = state.chosenExit === undefined ? undefined : audit.exits[state.chosenExit];
  return html`<p class="verdict"><b class=${sum.verdicts.CONTRADICTS ? 'bad' : 'good'}>${sum.verdicts.CONTRADICTS} contradictions</b>,
      ${sum.verdicts.AGREES} agree, ${sum.verdicts.UNDECIDED} undecided; ${sum.exitsFromL2} exits from L2,
      ${sum.l2Flushes} L2 flushes, ${sum.syntheticExits} synthetic exits</p>
    <canvas id="timeline" tabindex="0" aria-label="Exits by vCPU over time. Arrow keys move from exit to exit, plus and minus zoom."></canvas>
    <p class="soft">Wheel or + and − zoom, drag moves, a click or an arrow key chooses an exit. Blue: L0 handled; green: L1;
      red: contradicts; amber: synthetic exit.</p>
    ${chosen ? html`<div class="card" aria-live="polite"><b class="mono">${chosen.reason?.name ?? chosen.reason?.raw}</b> line ${chosen.line}, vCPU ${chosen.vcpu}
      <span class="chip ${chosen.verdict === 'CONTRADICTS' ? 'bad' : ''}">${chosen.verdict}</span>
      <div>observed ${chosen.observed}${chosen.expected ? `, expected ${chosen.expected}` : ''} ${chosen.rule ? `(${chosen.rule})` : ''}</div>
      ${chosen.needs?.length ? html`<div class="soft">needs ${chosen.needs.join(', ')}</div>` : nothing}</div>` : nothing}
    <div class="scroll" tabindex="0" role="group" aria-label="Contradictions"><table><thead><tr><th>Line</th><th>vCPU</th><th>Exit</th><th>Observed</th><th>Expected</th></tr></thead><tbody>
      ${audit.exits.map((/** @type {any} */ one, /** @type {number} */ i) => [one, i])
        .filter(([one]) => one.verdict === 'CONTRADICTS').slice(0, 200).map(([one, i]) => html`<tr>
        <td><button @click=${() => set({chosenExit: i})}>${one.line}</button></td><td>${one.vcpu}</td>
        <td class="mono">${one.reason?.name ?? one.reason?.raw}</td><td>${one.observed}</td><td class="bad">${one.expected ?? ''}</td></tr>`)}
    </tbody></table></div>`;
}

/** The timeline on its canvas: kept outside of the templates, since it draws by itself. */
export class Timeline {
  /** @param {HTMLCanvasElement} canvas @param {any[]} exits @param {(index: number) => void} choose */
  constructor(canvas, exits, choose) {
    this.canvas = canvas;
    this.exits = exits;
    this.choose = choose;
    this.chosen = -1;
    this.vcpus = [...new Set(exits.map((one) => one.vcpu ?? 0))].sort((a, b) => a - b);
    const lanes = new Map(this.vcpus.map((vcpu, i) => [vcpu, i]));
    this.lane = Uint16Array.from(exits, (one) => lanes.get(one.vcpu ?? 0) ?? 0);
    const timed = exits.length > 0 && exits.every((one) => Number.isFinite(Number(one.time)) && one.time !== undefined);
    this.at = Float64Array.from(exits, (one, i) => (timed ? Number(one.time) : i));
    this.colour = Uint8Array.from(exits, (one) => one.verdict === 'CONTRADICTS' ? 3
      : /^0x(10000031|f0000000)$/.test(one.reason?.raw ?? '') ? 2 : one.observed === 'L1' ? 1 : 0);
    this.from = this.at.length ? this.at.reduce((a, b) => Math.min(a, b)) : 0;
    this.to = (this.at.length ? this.at.reduce((a, b) => Math.max(a, b)) : 1) + 1e-9;
    this.whole = [this.from, this.to];
    /** @type {number[]} milliseconds that each frame took to draw */
    this.frames = [];
    this.listen();
    this.draw();
  }

  listen() {
    const canvas = this.canvas;
    canvas.onwheel = (event) => {
      event.preventDefault();
      this.zoom(Math.pow(1.0015, event.deltaY), event.offsetX / canvas.clientWidth);
    };
    let dragged = 0;
    canvas.onpointerdown = (event) => { canvas.setPointerCapture(event.pointerId); dragged = 0; };
    canvas.onpointermove = (event) => {
      if (event.buttons) {
        dragged += Math.abs(event.movementX);
        const by = (-event.movementX / canvas.clientWidth) * (this.to - this.from);
        this.from += by;
        this.to += by;
        this.soon();
      }
    };
    canvas.onpointerup = (event) => { if (dragged < 4) { this.pick(event.offsetX, event.offsetY); } };
    canvas.onkeydown = (event) => {
      if (event.key === '+' || event.key === '-') {
        this.zoom(event.key === '+' ? 0.7 : 1.4, 0.5);
      } else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
        event.preventDefault();
        this.select(Math.max(0, Math.min(this.exits.length - 1, this.chosen + (event.key === 'ArrowRight' ? 1 : -1))));
      }
    };
  }

  zoom(/** @type {number} */ factor, /** @type {number} */ around) {
    const centre = this.from + around * (this.to - this.from);
    this.from = Math.max(this.whole[0], centre - (centre - this.from) * factor);
    this.to = Math.min(this.whole[1], centre + (this.to - centre) * factor);
    this.soon();
  }

  soon() {
    this.pending ??= requestAnimationFrame(() => { this.pending = undefined; this.draw(); });
  }

  pick(/** @type {number} */ x, /** @type {number} */ y) {
    const lane = Math.floor((y - TOP) / LANE);
    let best = -1;
    let least = Infinity;
    for (let i = 0; i < this.at.length; i++) {
      const away = Math.abs(this.x(this.at[i]) - x);
      if (this.lane[i] === lane && away < least) {
        least = away;
        best = i;
      }
    }
    if (best >= 0) {
      this.select(best);
    }
  }

  select(/** @type {number} */ index) {
    this.chosen = index;
    this.choose(index);
    this.soon();
  }

  x(/** @type {number} */ at) {
    return ((at - this.from) / (this.to - this.from)) * this.canvas.clientWidth;
  }

  draw() {
    const start = performance.now();
    const canvas = this.canvas;
    const ratio = devicePixelRatio;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    context.scale(ratio, ratio);
    const style = getComputedStyle(document.documentElement);
    const colours = ['--accent', '--good', '--warn', '--bad'].map((name) => style.getPropertyValue(name));
    // What is worst is drawn last; a pixel that is taken by the same colour is not drawn again.
    for (let colour = 0; colour < colours.length; colour++) {
      context.fillStyle = colours[colour];
      const last = new Int32Array(this.vcpus.length).fill(-1);
      for (let i = 0; i < this.at.length; i++) {
        if (this.colour[i] !== colour || this.at[i] < this.from || this.at[i] > this.to) {
          continue;
        }
        const x = Math.round(this.x(this.at[i]));
        if (last[this.lane[i]] !== x) {
          last[this.lane[i]] = x;
          context.fillRect(x, TOP + this.lane[i] * LANE + (colour === 3 ? 0 : 6), colour === 3 ? 3 : 1.5, colour === 3 ? LANE - 6 : LANE - 18);
        }
      }
    }
    context.fillStyle = style.getPropertyValue('--ink');
    context.font = '12px system-ui, sans-serif';
    this.vcpus.forEach((vcpu, i) => context.fillText(`vCPU ${vcpu}`, 4, TOP + i * LANE + 2));
    if (this.chosen >= 0) {
      context.strokeStyle = style.getPropertyValue('--ink');
      context.strokeRect(this.x(this.at[this.chosen]) - 3, TOP + this.lane[this.chosen] * LANE - 2, 7, LANE - 4);
    }
    this.frames.push(performance.now() - start);
    if (this.frames.length > 200) {
      this.frames.shift();
    }
  }
}
