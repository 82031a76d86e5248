// Between HttpRequest, HttpResponse and messages of Boost.Beast: templates, so that only files that speak Beast include it. Any thread.
#pragma once

#include <string>
#include <utility>

#include "base/http.h"

namespace amime::base {

template <class Fields>
HttpHeaders headers_of(const Fields& message) {
  HttpHeaders out;
  out.reserve(8);
  for (const auto& field : message) out.emplace_back(field.name_string(), field.value());
  return out;
}

// HTTP/1.1; `host` is what Host says where the request has none. The body is copied, for requests are sent again.
template <class Message>
void fill(const HttpRequest& request, const std::string& host, Message* out) {
  out->version(11);
  out->method_string(request.method);
  out->target(request.target);
  for (const auto& [name, value] : request.headers) out->insert(name, value);
  if (out->find("Host") == out->end()) out->set("Host", host);
  out->body() = request.body;
}

template <class Message>
HttpResponse response_of(Message&& message) {
  return {static_cast<int>(message.result_int()), headers_of(message), std::move(message.body())};
}

}  // namespace amime::base
