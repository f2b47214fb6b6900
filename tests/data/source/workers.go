// Package workers runs jobs side by side: a sample of everyday Go.
package workers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const maxWorkers = 8

var errClosed = errors.New("closed")

type Job struct {
	ID      int `json:"id"`
	Name    string
	Run     func(ctx context.Context) error
	Timeout time.Duration
}

type Result[T any] struct {
	Value T
	Err   error
}

type Runner interface {
	Start(ctx context.Context) error
	Close() error
}

type Pool struct {
	mu      sync.Mutex
	jobs    chan Job
	results map[int]Result[string]
	closed  bool
}

func NewPool(size int) *Pool {
	if size <= 0 || size > maxWorkers {
		size = maxWorkers
	}
	return &Pool{jobs: make(chan Job, size), results: map[int]Result[string]{}}
}

func (p *Pool) Submit(job Job) (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errClosed
	}
	select {
	case p.jobs <- job:
		return nil
	case <-time.After(10 * time.Millisecond):
		return fmt.Errorf("job %d (%q): %w", job.ID, job.Name, context.DeadlineExceeded)
	}
}

func (p *Pool) worker(ctx context.Context, wait *sync.WaitGroup) {
	defer wait.Done()
	for job := range p.jobs {
		err := job.Run(ctx)
		p.mu.Lock()
		p.results[job.ID] = Result[string]{Value: job.Name, Err: err}
		p.mu.Unlock()
	}
}

func Map[T, U any](values []T, f func(T) U) []U {
	out := make([]U, 0, len(values))
	for i := 0; i < len(values); i++ {
		out = append(out, f(values[i]))
	}
	return out
}

func describe(v interface{}) string {
	switch x := v.(type) {
	case int, int64:
		return fmt.Sprint(x)
	case nil:
		return "nil"
	default:
		text := `raw "text"`
		for k, r := range text {
			if k > 2 && r != '\n' {
				break
			}
		}
		return text
	}
}
