#include "lsp/asio_host.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace espalier::lsp {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr size_t kReadBytes = 64 << 10;
// A client that reads no more must not keep the process alive.
constexpr std::chrono::seconds kExitGrace{1};

}  // namespace

// A duplicate of a descriptor in the loop. Asio makes it non-blocking, which whoever shares the open
// file would notice: the flags come back in the end.
class AsioHost::Descriptor {
 public:
  static Result<std::unique_ptr<Descriptor>> Duplicate(asio::io_context& loop, int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    const int copy = flags < 0 ? -1 : ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) {
      return Fail(ErrorCode::kIo,
                  "cannot use file descriptor " + std::to_string(fd) + ": " + std::strerror(errno));
    }
    auto descriptor = std::make_unique<Descriptor>(loop, flags);
    error_code error;
    descriptor->stream_.assign(copy, error);
    if (!error) return descriptor;
    ::close(copy);
    return Fail(ErrorCode::kIo, "cannot use file descriptor " + std::to_string(fd) + ": " + error.message());
  }

  Descriptor(asio::io_context& loop, int flags) : stream_(loop), flags_(flags) {}
  ~Descriptor() {
    if (stream_.is_open()) ::fcntl(stream_.native_handle(), F_SETFL, flags_);
  }

  asio::posix::stream_descriptor& stream() { return stream_; }

 private:
  asio::posix::stream_descriptor stream_;
  int flags_;
};

Result<std::unique_ptr<AsioHost>> AsioHost::Create(int input_fd, int output_fd,
                                                   std::function<void(std::string_view)> log) {
  std::unique_ptr<AsioHost> host(new AsioHost(std::move(log)));
  ESPALIER_ASSIGN_OR_RETURN(host->input_, Descriptor::Duplicate(host->loop_, input_fd));
  ESPALIER_ASSIGN_OR_RETURN(host->output_, Descriptor::Duplicate(host->loop_, output_fd));
  return host;
}

AsioHost::AsioHost(std::function<void(std::string_view)> log) : log_(std::move(log)) {}

AsioHost::~AsioHost() = default;

void AsioHost::Run(Events events) {
  events_ = std::move(events);
  read_buffer_.resize(kReadBytes);
  Read();
  loop_.run();
  workers_.join();
}

void AsioHost::Read() {
  input_->stream().async_read_some(asio::buffer(read_buffer_), [this](const error_code& error, size_t bytes) {
    if (!reading_) return;
    if (error) return Close();
    frames_.Push({read_buffer_.data(), bytes});
    TakeFrames();
    if (reading_) Read();
  });
}

void AsioHost::TakeFrames() {
  while (auto frame = reading_ ? frames_.Next() : std::nullopt) {
    if (frame->kind == Frame::Kind::kMessage) {
      events_.on_message(std::move(frame->text));
      continue;
    }
    events_.on_problem(frame->text);
    if (frame->kind == Frame::Kind::kBroken) Close();
  }
}

void AsioHost::Close() {
  if (!std::exchange(reading_, false)) return;
  events_.on_closed();
}

void AsioHost::Send(std::string body) {
  unwritten_.push_back(EncodeFrame(body));
  if (unwritten_.size() == 1) WriteNext();
}

void AsioHost::WriteNext() {
  asio::async_write(output_->stream(), asio::buffer(unwritten_.front()),
                    [this](const error_code& error, size_t) {
                      if (error) {
                        unwritten_.clear();  // nobody reads any more
                        exiting_ ? FinishExit() : Close();
                        return;
                      }
                      unwritten_.pop_front();
                      if (!unwritten_.empty()) return WriteNext();
                      if (exiting_) FinishExit();
                    });
}

void AsioHost::Post(std::function<void()> task) { asio::post(loop_, std::move(task)); }

void AsioHost::RunInBackground(std::function<void()> work) { asio::post(workers_, std::move(work)); }

void AsioHost::RunAfter(std::chrono::milliseconds delay, std::function<void()> task) {
  auto timer = std::make_shared<asio::steady_timer>(loop_, delay);
  timer->async_wait([timer, task = std::move(task)](const error_code& error) {
    if (!error) task();
  });
}

void AsioHost::WatchProcess(int32_t pid) {
  const auto fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return Log("process " + std::to_string(pid) + " cannot be watched: " + std::strerror(errno));
  parent_.assign(fd);
  // A pidfd becomes readable when its process ends.
  parent_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
    if (!error) Close();
  });
}

void AsioHost::Exit() {
  if (std::exchange(exiting_, true)) return;
  reading_ = false;
  if (unwritten_.empty()) return FinishExit();
  exit_timer_.expires_after(kExitGrace);
  exit_timer_.async_wait([this](const error_code& error) {
    if (!error) FinishExit();
  });
}

void AsioHost::FinishExit() { loop_.stop(); }

void AsioHost::Log(std::string_view line) {
  if (log_) log_(line);
}

}  // namespace espalier::lsp
