#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>

#include "local/echo_protocol.h"

namespace amime::local {
namespace {

struct Stream {
  EchoRequest request;
  std::string body;  // of the answer
  std::size_t sent = 0;
};

nghttp2_nv field(const std::string& name, const std::string& value) {
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())), reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())),
          name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

class Http2 final : public EchoProtocol {
 public:
  explicit Http2(EchoTransport& transport) : transport_(transport) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, &Http2::on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &Http2::on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Http2::on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &Http2::on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &Http2::on_close);
    nghttp2_session_server_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1000},
                                               {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, 16 << 20);
  }
  ~Http2() override { nghttp2_session_del(session_); }
  Http2(const Http2&) = delete;
  Http2& operator=(const Http2&) = delete;

  void receive(std::string_view bytes) override {
    receiving_ = true;
    const auto used = nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    receiving_ = false;
    flush();
    const bool over = !nghttp2_session_want_read(session_) && !nghttp2_session_want_write(session_);
    if (used < 0 || over) transport_.close(false);
  }

 private:
  static Http2& self(void* user) { return *static_cast<Http2*>(user); }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
      self(user).streams_[frame->hd.stream_id].request.protocol = "HTTP/2";
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    auto it = self(user).streams_.find(frame->hd.stream_id);
    if (it == self(user).streams_.end()) return 0;
    EchoRequest& request = it->second.request;
    std::string key(reinterpret_cast<const char*>(name), name_size), text(reinterpret_cast<const char*>(value), value_size);
    if (key == ":method") {
      request.method = std::move(text);
    } else if (key == ":path") {
      request.path = std::move(text);
    } else if (key == ":authority") {
      request.host = std::move(text);
    } else if (key == "host") {
      if (request.host.empty()) request.host = std::move(text);
    } else if (key[0] != ':') {
      request.headers.emplace_back(std::move(key), std::move(text));
    }
    return 0;
  }

  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t*, std::size_t size, void* user) {
    auto it = self(user).streams_.find(id);
    if (it != self(user).streams_.end()) it->second.request.body_bytes += size;
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    const bool ends = (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM);
    if (ends) self(user).ask(frame->hd.stream_id);
    return 0;
  }

  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
    self(user).streams_.erase(id);
    return 0;
  }

  static ssize_t read_body(nghttp2_session*, std::int32_t id, std::uint8_t* to, std::size_t size, std::uint32_t* flags,
                           nghttp2_data_source*, void* user) {
    Stream& stream = self(user).streams_[id];
    const std::size_t count = std::min(size, stream.body.size() - stream.sent);
    std::memcpy(to, stream.body.data() + stream.sent, count);
    stream.sent += count;
    if (stream.sent == stream.body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }

  void ask(std::int32_t id) {
    auto it = streams_.find(id);
    if (it == streams_.end()) return;
    transport_.ask(std::move(it->second.request), [this, id](const EchoAnswer& answer) { reply(id, answer); });
  }

  void reply(std::int32_t id, const EchoAnswer& answer) {
    auto it = streams_.find(id);
    if (it == streams_.end()) return;  // the client gave up
    if (answer.reset) {
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_INTERNAL_ERROR);
      return flush();
    }
    it->second.body = answer.body;
    base::HttpHeaders headers = {{":status", std::to_string(answer.status)}};
    for (const auto& [name, value] : answer.headers) {
      headers.emplace_back(name, value);
      auto& key = headers.back().first;
      std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return std::tolower(c); });
    }
    headers.emplace_back("content-length", std::to_string(answer.body.size()));
    std::vector<nghttp2_nv> fields;
    for (const auto& [name, value] : headers) fields.push_back(field(name, value));
    nghttp2_data_provider provider{};
    provider.read_callback = &Http2::read_body;
    nghttp2_submit_response(session_, id, fields.data(), fields.size(), &provider);
    flush();
  }

  void flush() {
    if (receiving_) return;  // receive() does it once for all
    std::string out;
    const std::uint8_t* data = nullptr;
    for (ssize_t size; (size = nghttp2_session_mem_send(session_, &data)) > 0;)
      out.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
    if (!out.empty()) transport_.write(std::move(out));
  }

  EchoTransport& transport_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Stream> streams_;
  bool receiving_ = false;
};

}  // namespace

std::unique_ptr<EchoProtocol> make_echo_http2(EchoTransport& transport) { return std::make_unique<Http2>(transport); }

}  // namespace amime::local
