// What an HTTP request and its answer are to our own server and client: plain values, no library's types.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace amime::base {

// In the order of the wire; names as they were sent (compare them with find_header).
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// The first header of that name, upper and lower case alike. Null: none.
const std::string* find_header(const HttpHeaders& headers, std::string_view name);

// "/debug/syncz?a=1&b=x%20y" in its parts; percent escapes and '+' of the query are decoded.
struct HttpTarget {
  std::string path;
  std::map<std::string, std::string, std::less<>> query;
  std::string_view param(std::string_view name) const;  // empty where there is none
};
HttpTarget parse_target(std::string_view target);

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";  // as sent: path and query
  HttpHeaders headers;
  std::string body;
  std::string peer;  // the client's IP (server side only)
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;  // without Content-Length; the server adds it
  std::string body;
};
HttpResponse text_response(int status, std::string body);
HttpResponse json_response(std::string body);

// "127.0.0.1:80", "[::1]:80", ":80" (all addresses). False: not of that form.
bool split_host_port(std::string_view address, std::string* host, unsigned* port);
// The other way; an IPv6 address gets its brackets.
std::string join_host_port(std::string_view host, unsigned port);

}  // namespace amime::base
