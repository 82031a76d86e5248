#include "delivery/grpc_stream.h"

#include <vector>

namespace amime::delivery {
namespace {

grpc::Slice shared_slice(const Slice& slice) {
  auto* owner = new std::shared_ptr<const std::string>(slice.owner);
  return grpc::Slice(const_cast<char*>(slice.bytes.data()), slice.bytes.size(),
                     [](void* data) { delete static_cast<std::shared_ptr<const std::string>*>(data); }, owner);
}

// The body's slices as gRPC counts them, made once: every further stream only adds references.
const std::vector<grpc::Slice>& slices_of(const Body& body) {
  const auto& prepared = body.prepared([](const Body& made) -> std::shared_ptr<const void> {
    auto slices = std::make_shared<std::vector<grpc::Slice>>();
    slices->reserve(made.slices().size());
    for (const auto& slice : made.slices()) slices->push_back(shared_slice(slice));
    return slices;
  });
  return *static_cast<const std::vector<grpc::Slice>*>(prepared.get());
}

grpc::ByteBuffer to_buffer(const Message& message) {
  const grpc::Slice head(message.head);
  if (!message.body) return {&head, 1};
  const auto& body = slices_of(*message.body);
  std::vector<grpc::Slice> all;
  all.reserve(body.size() + 1);
  all.push_back(head);
  all.insert(all.end(), body.begin(), body.end());
  return {all.data(), all.size()};
}

}  // namespace

GrpcStream::GrpcStream(const Make& make) : stream_(make(this)) {}

void GrpcStream::write(Message message) {
  out_ = to_buffer(message);
  StartWrite(&out_);  // the last use of `this`: the write may be done, and the stream over, before it returns
}

void GrpcStream::finish(const absl::Status& status) {
  Finish(grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message())));
}

void GrpcStream::OnReadDone(bool ok) {
  if (!ok) return stream_->on_closed();
  grpc::Slice bytes;
  if (!in_.TrySingleSlice(&bytes).ok() && !in_.DumpToSingleSlice(&bytes).ok()) {
    return stream_->close(absl::InternalError("the request could not be read"));
  }
  in_.Clear();
  stream_->on_request({reinterpret_cast<const char*>(bytes.begin()), bytes.size()});
  StartRead(&in_);
}

void GrpcStream::OnWriteDone(bool ok) {
  out_.Clear();
  if (!ok) stream_->on_closed();
  stream_->on_write_done();
}

}  // namespace amime::delivery
