// The real host: Boost.Asio's io_context as message loop on the calling thread, reading one file
// descriptor and writing another without blocking, and a small pool of workers.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "lsp/framing.h"
#include "lsp/host.h"

namespace espalier::lsp {

class AsioHost : public Host {
 public:
  struct Events {
    std::function<void(std::string)> on_message;
    std::function<void(std::string_view)> on_problem;  ///< bytes that were no message
    std::function<void()> on_closed;                   ///< end of input, or the watched process is gone
  };

  /// Works on duplicates of the descriptors: the caller's stay open and get their flags back.
  /// `log` may be empty. Errors: kIo (not an open descriptor).
  static Result<std::unique_ptr<AsioHost>> Create(int input_fd, int output_fd,
                                                  std::function<void(std::string_view)> log);
  ~AsioHost() override;

  /// Reads and dispatches until Exit() was called and everything is written, then waits for the workers.
  void Run(Events events);

  void Send(std::string body) override;
  void Post(std::function<void()> task) override;
  void RunInBackground(std::function<void()> work) override;
  void RunAfter(std::chrono::milliseconds delay, std::function<void()> task) override;
  void WatchProcess(int32_t pid) override;
  void Exit() override;
  void Log(std::string_view line) override;

 private:
  /// One request a document is computed at a time: enough for a few documents and a loading model.
  static constexpr size_t kWorkers = 4;

  class Descriptor;
  explicit AsioHost(std::function<void(std::string_view)> log);

  void Read();
  void TakeFrames();
  void Close();
  void WriteNext();
  void FinishExit();

  std::function<void(std::string_view)> log_;
  Events events_;
  boost::asio::io_context loop_;
  std::unique_ptr<Descriptor> input_, output_;
  boost::asio::posix::stream_descriptor parent_{loop_};
  FrameReader frames_;
  std::vector<char> read_buffer_;
  std::deque<std::string> unwritten_;  ///< front is being written
  bool reading_ = true;
  bool exiting_ = false;
  boost::asio::steady_timer exit_timer_{loop_};
  boost::asio::thread_pool workers_{kWorkers};
};

}  // namespace espalier::lsp
