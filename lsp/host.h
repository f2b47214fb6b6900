// What the language server needs from the world: a message loop, worker threads, a timer, the
// connection and the process it lives in. AsioHost is the real one; tests drive their own by hand, so
// that no test depends on time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace espalier::lsp {

/// The server calls everything on the loop's thread, except Post, which any thread may call.
class Host {
 public:
  virtual ~Host() = default;

  /// Sends one message body to the client; never blocks.
  virtual void Send(std::string body) = 0;
  /// Runs `task` on the loop's thread, later.
  virtual void Post(std::function<void()> task) = 0;
  /// Runs `work` on a worker thread.
  virtual void RunInBackground(std::function<void()> work) = 0;
  /// Runs `task` on the loop's thread after `delay`.
  virtual void RunAfter(std::chrono::milliseconds delay, std::function<void()> task) = 0;
  /// Ends the loop when the process is gone. Pids that are not visible from here are ignored: an editor
  /// that speaks to us from outside our container is alive.
  virtual void WatchProcess(int32_t pid) = 0;
  /// Ends the loop once everything sent is written.
  virtual void Exit() = 0;
  /// A line for the log of the process; for what cannot be told to the client.
  virtual void Log(std::string_view line) = 0;
};

}  // namespace espalier::lsp
