// A task list: a sample of everyday TypeScript.
import type { EventEmitter } from 'events';

export type Id = string | number;
type Handler<T> = (value: T, ...rest: unknown[]) => void;

export interface Task {
  readonly id: Id;
  title: string;
  done?: boolean;
  tags: Array<string>;
  toString(): string;
}

export enum Priority {
  Low = 1,
  High,
}

const defaults: Partial<Task> = { done: false, tags: [] };

export abstract class Base<T extends { id: Id }> {
  protected items: Map<Id, T> = new Map();
  constructor(private readonly name: string, public limit = 10) {}
  abstract describe(item: T): string;

  find(id: Id): T | undefined {
    return this.items.get(id);
  }
}

export class TaskList extends Base<Task> implements Iterable<Task> {
  private handlers: Handler<Task>[] = [];

  describe(task: Task): string {
    return `${task.id}: ${task.title}${task.done ? ' ✓' : ''}`;
  }

  add(title: string, priority: Priority = Priority.Low): Task {
    const id = this.items.size + 1;
    const task = { ...defaults, id, title, tags: [] } as Task;
    this.items.set(id, task);
    for (const handler of this.handlers) {
      handler(task, priority);
    }
    return task;
  }

  *[Symbol.iterator](): IterableIterator<Task> {
    for (const task of this.items.values()) {
      if (!task.done) {
        yield task;
      }
    }
  }

  on(handler: Handler<Task>): () => void {
    this.handlers.push(handler);
    return () => {
      this.handlers = this.handlers.filter((other) => other !== handler);
    };
  }
}

function isTask(value: unknown): value is Task {
  return typeof value === 'object' && value !== null && 'title' in value;
}

export async function load(url: string): Promise<Task[]> {
  const response = await fetch(url);
  const data = (await response.json()) as unknown[];
  return data.filter(isTask).sort((a, b) => (a.id < b.id ? -1 : 1));
}

declare global {
  interface Window {
    emitter?: EventEmitter;
  }
}
