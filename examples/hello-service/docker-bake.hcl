# The images of the tree. Pipelines say where they go and what they are called; a laptop keeps them for itself.
variable "REGISTRY" {
  default = "hello-service"
}

variable "TAG" {
  default = "local"
}

group "default" {
  targets = ["development", "integration", "production"]
}

target "image" {
  name   = stage
  matrix = { stage = ["development", "integration", "production"] }
  target = stage
  tags   = ["${REGISTRY}/${stage}:${TAG}"]
}
