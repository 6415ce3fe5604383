"""What the images run: `python -m hello`."""

from hello.server import serve

if __name__ == "__main__":
    serve()
