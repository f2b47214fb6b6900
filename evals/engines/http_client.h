// Requests over HTTP or HTTPS (RFC 9110, 9112), one connection each, by Boost.Beast. Thread-safe: a client is
// an address, and nothing is kept between requests. Only called where somebody named an address.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/cancellation.h"
#include "base/result.h"

namespace espalier {

struct HttpRequest {
  std::string_view method = "POST";
  std::string path = "/";             ///< "/v1/completions"
  std::string body = {};              ///< JSON; empty: none
  std::string_view key = {};          ///< bearer token; empty: none
  std::chrono::seconds patience{60};  ///< from connecting to the last byte
};

struct HttpResponse {
  unsigned status = 0;
  std::string body;
};

class HttpClient {
 public:
  /// "http://host", "https://host:port/some/path". Errors: kInvalidArgument.
  static Result<HttpClient> For(std::string_view url);

  /// Any status is a response. Errors: kUnavailable (nobody answers there, or not in HTTP),
  /// kDeadlineExceeded, kCancelled, kResourceExhausted (over 64 MiB).
  Result<HttpResponse> Send(const HttpRequest& request, const CancelToken& cancel) const;

  /// What stands behind host and port, without a slash at its end.
  const std::string& path() const { return path_; }

 private:
  bool secure_ = false;
  std::string host_, port_, path_;
};

}  // namespace espalier
