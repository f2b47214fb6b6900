// A small HTTP router: a sample of everyday JavaScript.
import { readFile } from 'node:fs/promises';
import path, * as util from "node:path";

const METHODS = ['GET', 'POST'];
let counter = 0;

export class Router {
  #routes = new Map();
  static instance = null;

  constructor(prefix = '/') {
    this.prefix = prefix;
  }

  get size() {
    return this.#routes.size;
  }

  add(method, pattern, handler) {
    if (!METHODS.includes(method)) {
      throw new TypeError(`unknown method ${method}, expected one of ${METHODS.join(', ')}`);
    }
    this.#routes.set(`${method} ${pattern}`, { handler, pattern: new RegExp(`^${pattern}$`) });
    return this;
  }

  async handle(request, response) {
    for (const [key, { handler, pattern }] of this.#routes) {
      const match = pattern.exec(request.url);
      if (match && key.startsWith(request.method)) {
        counter += 1;
        await handler(request, response, ...match.slice(1));
        return true;
      }
    }
    response.statusCode = 404;
    return false;
  }
}

function debounce(fn, delay) {
  let timer;
  return function (...args) {
    clearTimeout(timer);
    timer = setTimeout(() => fn.apply(this, args), delay);
  };
}

const square = x => x * x;
const total = [1, 2, 3].map(square).reduce((a, b) => a + b, 0);

export default async function main(file) {
  const router = new Router();
  try {
    const text = await readFile(path.join('.', file), 'utf8');
    router.add('GET', '/file', (req, res) => {
      res.end(text ?? '');
    });
  } catch (error) {
    console.error(error?.message);
  } finally {
    counter--;
  }
  switch (total) {
    case 14:
      return router;
    default:
      delete router.prefix;
  }
  do {
    counter += typeof total === 'number' ? 1 : 2;
  } while (counter < 3);
  return null;
}
