# In place of python:3.13-slim: Debian's Python 3.13, by the names that the Dockerfiles call it by.
FROM debian-root
RUN ln -s /usr/bin/python3 /usr/local/bin/python
ENV LANG=C.UTF-8
CMD ["python3"]
