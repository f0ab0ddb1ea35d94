# In place of localstack/localstack: the same version in a virtual environment at the same path, the same user, volume and entrance.
FROM debian-root
RUN useradd --create-home --shell /bin/bash localstack \
 && install --directory --mode=777 /var/lib/localstack /usr/lib/localstack
WORKDIR /opt/code/localstack
COPY --from=localstack requirements.txt requirements/
RUN python3 -m venv .venv \
 && .venv/bin/pip install --quiet --no-cache-dir --no-deps --require-hashes -r requirements/requirements.txt
COPY localstack.sh /usr/local/bin/docker-entrypoint.sh
ENV USER=localstack \
    PYTHONUNBUFFERED=1
EXPOSE 4566
VOLUME /var/lib/localstack
ENTRYPOINT ["docker-entrypoint.sh"]
