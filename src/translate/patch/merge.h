// How EnvoyFilter's MERGE puts what a user wrote over what translation made.
#pragma once

namespace google::protobuf {
class Any;
class Message;
}  // namespace google::protobuf

namespace amime::translate {

// Fields that `patch` sets win, messages are merged field by field, lists are appended to (`replace_lists`,
// MERGE_AND_REPLACE_LIST: replaced, at any depth), a map's entries and durations are replaced. Both of one type.
void merge(const google::protobuf::Message& patch, bool replace_lists, google::protobuf::Message* to);

// Merges what is packed. False, and nothing done: the types differ, or what is in `to` cannot be read.
bool merge_packed(const google::protobuf::Any& patch, google::protobuf::Any* to);

}  // namespace amime::translate
