// Pan and zoom: drag, wheel, two fingers, buttons and keys.

const LEGIBLE = 0.7; // smaller cards are hard to read
const [BESIDE, UNDER] = [70, 40]; // from the middle of a card to what is beside and under it
const SMALLEST = 0.58; // and a picture that is nearly as large as the window is shown whole
const [FARTHEST, NEAREST] = [0.03, 6]; // scales, also in a window without a size, as a hidden one

class Camera {
  constructor(frame, moved) {
    this.frame = frame;
    this.moved = moved;
    this.x = this.y = 0;
    this.scale = 1;
    this.fingers = new Map();
    frame.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    frame.addEventListener('pointerdown', (event) => this.down(event));
    frame.addEventListener('pointermove', (event) => this.move(event));
    for (const end of ['pointerup', 'pointercancel', 'pointerleave']) frame.addEventListener(end, (event) => this.fingers.delete(event.pointerId));
  }

  /** A picture from its beginning, as large as it must be to be read, with the first card in a window that cannot hold it all. */
  start(picture, first) {
    this.fit(picture, SMALLEST);
    const { width, height } = this.frame.getBoundingClientRect();
    this.x += Math.min(width - BESIDE - (this.x + first.x * this.scale), 0);
    this.y += Math.min(height - UNDER - (this.y + first.y * this.scale), 0);
    this.moved();
  }

  /** The whole of a picture in the window. */
  fit(picture, least = FARTHEST) {
    const { width, height } = this.frame.getBoundingClientRect();
    this.scale = Math.max(Math.min(width / picture.width, height / picture.height, 1.6), least);
    this.x = Math.max((width - picture.width * this.scale) / 2, 0) - picture.left * this.scale;
    this.y = Math.max((height - picture.height * this.scale) / 2, 0) - picture.top * this.scale;
    this.moved();
  }

  /** Nearer or farther, around a point of the window. */
  zoom(factor, x, y) {
    const { width, height } = this.frame.getBoundingClientRect();
    const [cx, cy] = [x ?? width / 2, y ?? height / 2];
    const scale = Math.min(Math.max(this.scale * factor, FARTHEST), NEAREST);
    this.x = cx - (cx - this.x) * (scale / this.scale);
    this.y = cy - (cy - this.y) * (scale / this.scale);
    this.scale = scale;
    this.moved();
  }

  /** Bring a place into the window, if it is outside, and near enough to be read. */
  show({ x, y }) {
    const { width, height } = this.frame.getBoundingClientRect();
    this.scale = Math.max(this.scale, LEGIBLE);
    const [sx, sy] = [this.x + x * this.scale, this.y + y * this.scale];
    if (sx < 60 || sx > width - 60) this.x += width / 2 - sx;
    if (sy < 40 || sy > height - 40) this.y += height / 2 - sy;
    this.moved();
  }

  wheel(event) {
    if (FRAMED && !event.ctrlKey) return;
    event.preventDefault();
    const { left, top } = this.frame.getBoundingClientRect();
    this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.clientX - left, event.clientY - top);
  }

  down(event) {
    this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
  }

  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY];
    const others = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    this.fingers.set(event.pointerId, now);
    if (others.length) {
      const far = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]) || 1;
      const { left, top } = this.frame.getBoundingClientRect();
      this.zoom(far(now, others[0]) / far(before, others[0]), (now[0] + others[0][0]) / 2 - left, (now[1] + others[0][1]) / 2 - top);
      return;
    }
    this.x += now[0] - before[0];
    this.y += now[1] - before[1];
    this.moved();
  }
}
