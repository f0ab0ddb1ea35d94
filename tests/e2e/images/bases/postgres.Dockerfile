# In place of postgres:17-bookworm: Debian's PostgreSQL 17, the same user, volume, variables and signal.
FROM debian-root
RUN groupadd --system --gid=999 postgres \
 && useradd --system --gid=postgres --uid=999 --home-dir=/var/lib/postgresql postgres \
 && apt-get update \
 && apt-get install --yes --no-install-recommends postgresql-common \
 && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf \
 && apt-get install --yes --no-install-recommends postgresql-17 \
 && install --directory --owner=postgres --group=postgres --mode=3777 /run/postgresql \
 && install --directory --owner=postgres --group=postgres --mode=1777 /var/lib/postgresql/data
COPY postgres.sh /usr/local/bin/docker-entrypoint.sh
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/17/bin \
    PGDATA=/var/lib/postgresql/data \
    LANG=C.UTF-8
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
EXPOSE 5432
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
