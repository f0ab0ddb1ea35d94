# In place of prom/prometheus: Debian's Prometheus, with the same user, volume and BusyBox.
FROM debian-root
RUN apt-get update \
 && apt-get install --yes --no-install-recommends busybox prometheus \
 && ln -s /bin/busybox /usr/local/bin/wget \
 && install --directory --owner=nobody --group=nogroup /etc/prometheus /prometheus
USER nobody
EXPOSE 9090
VOLUME /prometheus
WORKDIR /prometheus
ENTRYPOINT ["/bin/prometheus"]
