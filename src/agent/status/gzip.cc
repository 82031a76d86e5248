#include "agent/status/gzip.h"

#include <zlib.h>

namespace amime::agent {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way to say gzip

z_stream stream_over(std::string_view bytes) {
  z_stream out{};
  out.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  out.avail_in = static_cast<uInt>(bytes.size());
  return out;
}

}  // namespace

std::string gzip(std::string_view text) {
  z_stream stream = stream_over(text);
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, stream.avail_in), '\0');
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::optional<std::string> gunzip(std::string_view packed, std::size_t limit) {
  z_stream stream = stream_over(packed);
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return std::nullopt;
  std::string out;
  int result = Z_OK;
  while (result == Z_OK && out.size() <= limit) {
    char part[16384];
    stream.next_out = reinterpret_cast<Bytef*>(part);
    stream.avail_out = sizeof part;
    result = inflate(&stream, Z_NO_FLUSH);
    out.append(part, sizeof part - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END || out.size() > limit) return std::nullopt;
  return out;
}

}  // namespace amime::agent
