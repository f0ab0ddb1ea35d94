# In place of prom/pushgateway: Debian's Pushgateway, with the same user, volume and BusyBox.
FROM debian-root
RUN apt-get update \
 && apt-get install --yes --no-install-recommends busybox prometheus-pushgateway \
 && ln -s /bin/busybox /usr/local/bin/wget \
 && install --directory --owner=nobody --group=nogroup /etc/pushgateway /pushgateway
USER nobody
EXPOSE 9091
VOLUME /pushgateway
WORKDIR /pushgateway
ENTRYPOINT ["/bin/prometheus-pushgateway"]
