"""Training loops and tensor work as strangers write them, eagerly and in compiled steps, against PyTorch."""

from tests.oracle.lines import comparisons, table

BEGIN = """
p = nn.Parameter(t([1.0, 2.0, 3.0]))
m = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
x = T.randn(6, 3)
O, L = T.optim, T.optim.lr_scheduler
def fit(o, x=x, m=m):
    o.zero_grad(); l = (m(x)**2).mean(); l.backward(); o.step(); return l
"""

# Steps s(x) of which each is run four times, as it is and compiled; what is held is seen at the end.
STEPS = table(r"""
micro-batches of different sizes | o=O.SGD(m.parameters(),.1,momentum=.9)\ndef s(x):\n o.zero_grad(); n=0\n for c in x.split(4): l=(m(c)**2).sum()/len(x); l.backward(); n=n+l.detach()\n nn.utils.clip_grad_value_(m.parameters(),.05); o.step(); return n\nE=lambda: list(m.parameters())
average by lerp | e=copy.deepcopy(m).requires_grad_(False); o=O.AdamW(m.parameters(),.01)\ndef s(x):\n l=fit(o,x)\n with T.no_grad():\n  for a,b in zip(e.parameters(),m.parameters()): a.lerp_(b,.3)\n  for a,b in zip(e.buffers(),m.buffers()): a.copy_(b)\n return l,e(x).mean()\nE=lambda: list(e.parameters())
average in a dictionary | S={k:v.clone() for k,v in m.state_dict().items()}; o=O.SGD(m.parameters(),.1)\ndef s(x):\n l=fit(o,x)\n for k,v in m.state_dict().items(): S[k].mul_(.9).add_(v,alpha=.1)\n return l\nE=lambda: list(S.values())
tied embedding | e=nn.Embedding(5,3); h=nn.Linear(3,5,bias=False); h.weight=e.weight; o=O.Adam(e.parameters(),.1); i=t([0,1,2,4,1])\ndef s(x): o.zero_grad(); l=F.cross_entropy(h(e(i)+x[:5]),i.roll(1)); l.backward(); o.step(); return l\nE=lambda: [e.weight,h.weight,h.weight is e.weight]
frozen, then thawed | k=[0]; o=O.SGD(m.parameters(),.1,weight_decay=.1)\ndef s(x):\n k[0]+=1\n for q in m[0].parameters(): q.requires_grad_(k[0]>2)\n return fit(o,x)\nE=lambda: [list(m.parameters()),[q.grad for q in m.parameters()]]
frozen by filter | m[0].requires_grad_(False); o=O.Adam(filter(lambda q:q.requires_grad,m.parameters()),.1)\ndef s(x): return fit(o,x)\nE=lambda: [list(m.parameters()),[q.grad for q in m.parameters()]]
a group is added | o=O.SGD(m[2].parameters(),.1,momentum=.9); k=[0]\ndef s(x):\n k[0]+=1\n if k[0]==3: o.add_param_group({'params':list(m[0].parameters()),'lr':.01})\n return fit(o,x)\nE=lambda: [list(m.parameters()),[g['lr'] for g in o.param_groups]]
a buffer in a module | \nclass K(nn.Module):\n def __init__(s): super().__init__(); s.register_buffer('n',T.zeros(())); s.register_buffer('r',T.zeros(3),persistent=False)\n def forward(s,x): s.n+=1; s.r=.9*s.r+.1*x.mean(0).detach(); return (x-s.r)/s.n\nk=K()\ndef s(x): return k(x).sum()\nE=lambda: [k.n,k.r,list(k.state_dict())]
batch norm in turns | b=nn.BatchNorm1d(3); k=[0]\ndef s(x): k[0]+=1; b.train(k[0]%2==1); return b(x).pow(2).sum()+b(x)[0].sum()\nE=lambda: list(b.buffers())
a function of one's own | \nclass Q(T.autograd.Function):\n @staticmethod\n def forward(c,x,k): c.save_for_backward(x); c.k=k; return x.clamp(min=0)*k\n @staticmethod\n def backward(c,g): x,=c.saved_tensors; return g*(x>0)*c.k,None\ndef s(x): y=x.clone().requires_grad_(); Q.apply(y,3).pow(2).sum().backward(); return y.grad\nE=lambda: []
straight through | o=O.SGD([p],.1)\ndef s(x): o.zero_grad(); q=p+(p.round()-p).detach(); l=((q*x)**2).mean(); l.backward(); o.step(); return l\nE=lambda: [p,p.grad]
gradient penalty | o=O.Adam(m.parameters(),.01)\ndef s(x):\n o.zero_grad(); z=x.clone().requires_grad_(); y=m(z); g,=T.autograd.grad(y.sum(),z,create_graph=True); l=y.mean()+10*((g.norm(2,dim=1)-1)**2).mean(); l.backward(); o.step(); return l\nE=lambda: list(m.parameters())
inner loop of MAML | o=O.SGD(m.parameters(),.1)\ndef s(x):\n o.zero_grad(); w=dict(m.named_parameters())\n for _ in range(2):\n  l=(T.func.functional_call(m,w,(x,))**2).mean(); g=T.autograd.grad(l,list(w.values()),create_graph=True); w={k:v-.1*d for (k,v),d in zip(w.items(),g)}\n l=(T.func.functional_call(m,w,(x*2,))**2).mean(); l.backward(); o.step(); return l\nE=lambda: list(m.parameters())
first-order MAML | o=O.SGD(m.parameters(),.1)\ndef s(x):\n n=copy.deepcopy(m); i=O.SGD(n.parameters(),.1); fit(i,x,n); n.zero_grad(); l=(n(x*2)**2).mean(); l.backward()\n for a,b in zip(m.parameters(),n.parameters()): a.grad=b.grad.clone()\n o.step(); return l\nE=lambda: list(m.parameters())
Hessian times a vector | v=T.randn(3)\ndef s(x): z=x[0].clone().requires_grad_(); g,=T.autograd.grad((z**3).sum()+z.prod(),z,create_graph=True); h,=T.autograd.grad(g,z,v); return g,h\nE=lambda: []
Hessian row by row | \ndef s(x):\n z=x[0].clone().requires_grad_(); g,=T.autograd.grad((z.sin()*z.roll(1)).sum(),z,create_graph=True)\n return T.stack([T.autograd.grad(g[i],z,retain_graph=True)[0] for i in range(3)])\nE=lambda: []
functional transforms | f=lambda z: (z.sin()*z.roll(1)).sum()\ndef s(x): return T.func.grad(f)(x[0]),T.func.vmap(T.func.grad(f))(x),T.func.jacrev(lambda z:z**2)(x[0]),T.func.hessian(f)(x[0]),T.func.jvp(f,(x[0],),(x[1],))\nE=lambda: []
gradients of each sample | w={k:v.detach() for k,v in m.named_parameters()}\ndef s(x): return list(T.func.vmap(T.func.grad(lambda w,z: (T.func.functional_call(m,w,(z,))**2).sum()),in_dims=(None,0))(w,x).values())\nE=lambda: []
packed sequences | r=nn.LSTM(3,2,batch_first=True); o=O.SGD(r.parameters(),.1)\ndef s(x):\n o.zero_grad(); k=nn.utils.rnn.pack_padded_sequence(x.view(2,3,3),[3,2],batch_first=True); y,(h,c)=r(k); z,n=nn.utils.rnn.pad_packed_sequence(y,batch_first=True); l=z.pow(2).sum()+h.sum(); l.backward(); o.step(); return l,n\nE=lambda: list(r.parameters())
a mask of lengths | n=t([2,1]); o=O.SGD([p],.1)\ndef s(x): o.zero_grad(); y=x.view(2,3,3)*p; k=T.arange(3)[None]<n[:,None]; l=(y.sum(2)*k).sum()/k.sum(); l.backward(); o.step(); return l\nE=lambda: [p,p.grad]
attention with a mask | a=nn.MultiheadAttention(3,1,batch_first=True); o=O.SGD(a.parameters(),.1)\ndef s(x): o.zero_grad(); z=x.view(2,3,3); y,w=a(z,z,z,key_padding_mask=t([[False,False,True],[False,True,True]])); l=y.pow(2).sum(); l.backward(); o.step(); return l,w\nE=lambda: list(a.parameters())
places put with accumulation | \ndef s(x): y=x.clone().requires_grad_(); z=T.zeros(4).index_put((t([0,0,3]),),y[0],accumulate=True); z=z.index_add(0,t([1,1]),y[1,:2],alpha=2); (z**2).sum().backward(); return z,y.grad
where with broadcasting | \ndef s(x): y=x.clone().requires_grad_(); z=T.where(y[:,:1]>0,y,p*2); (z**2).sum().backward(); return z,y.grad
slices written | \ndef s(x): y=x*1; y[::2,1]=5; y[-1]=y[0]; y[1:-1:2,::2]*=p[:1].detach(); y[...,-1]+=1; y[y>4]=0; return y
slices of what requires gradients written | \ndef s(x): y=x*p; y[::2,1]=y[1::2,0]; y[-2:]=p; y[:,0].mul_(2); (y**2).sum().backward(); g=p.grad; p.grad=None; return y,g
views in a loop | \ndef s(x):\n y=(x*p).clone()\n for i in range(1,6): y[i]+=y[i-1]*.5\n (y**2).sum().backward(); g=p.grad; p.grad=None; return y,g
detached in turns | h=[T.zeros(3)]\ndef s(x): h[0]=(h[0].detach()*.5+(x*p).tanh().mean(0)); h[0].sum().backward(); return h[0]\nE=lambda: [p.grad,h[0]]
no_grad in the middle | o=O.SGD(m.parameters(),.1)\ndef s(x):\n o.zero_grad(); y=m[1](m[0](x))\n with T.no_grad(): k=y.std(); y2=y/k\n l=(m[2](y/k)**2).mean()+y2.mean(); l.backward(); o.step(); return l\nE=lambda: list(m.parameters())
hooks that scale | h=m[2].weight.register_hook(lambda g:g.clamp(-.1,.1)); o=O.SGD(m.parameters(),.1)\ndef s(x): return fit(o,x)\nE=lambda: [list(m.parameters()),m[2].weight.grad]
state loaded in the middle | o=O.Adam(m.parameters(),.1); B=copy.deepcopy((m.state_dict(),o.state_dict())); k=[0]\ndef s(x):\n k[0]+=1\n if k[0]==3: m.load_state_dict(B[0]); o.load_state_dict(B[1])\n return fit(o,x)\nE=lambda: [list(m.parameters()),o.state_dict()['state'][0]['step']]
copied with its optimizer | o=O.Adam(m.parameters(),.1)\ndef s(x):\n l=fit(o,x); n,q=copy.deepcopy((m,o)); l2=fit(q,x,n); return l,l2,list(n.parameters())\nE=lambda: list(m.parameters())
noise from a generator | g=T.Generator().manual_seed(3); o=O.SGD(m.parameters(),.1)\ndef s(x): return fit(o,x+.1*T.randn(6,3,generator=g)),T.rand(2)\nE=lambda: list(m.parameters())
dropout drawn anew | d=nn.Dropout(.5); o=O.SGD(m.parameters(),.1)\ndef s(x): return fit(o,d(x)),F.dropout(x,.3)\nE=lambda: list(m.parameters())
shuffled rows | o=O.SGD(m.parameters(),.1)\ndef s(x):\n q=T.randperm(6); r=[]\n for i in range(0,6,4): r.append(fit(o,x[q[i:i+4]]))\n return r\nE=lambda: list(m.parameters())
worst rows | o=O.SGD(m.parameters(),.1)\ndef s(x): o.zero_grad(); l=(m(x)**2).squeeze(1); v,i=l.topk(3); v.mean().backward(); o.step(); return v,i\nE=lambda: list(m.parameters())
reinforce | d=T.distributions; o=O.SGD([p],.1)\ndef s(x): o.zero_grad(); c=d.Categorical(logits=x@T.diag(p)); a=c.sample(); l=-(c.log_prob(a)*a.float()).mean()-.01*c.entropy().mean(); l.backward(); o.step(); return a,l\nE=lambda: [p]
reparametrised | d=T.distributions; o=O.Adam([p],.1)\ndef s(x): o.zero_grad(); q=d.Normal(x.mean(0),p.exp()); z=q.rsample((2,)); l=(z**2).mean()+d.kl_divergence(q,d.Normal(T.zeros(3),T.ones(3))).sum(); l.backward(); o.step(); return l,z\nE=lambda: [p]
triplets | o=O.SGD(m.parameters(),.1)\ndef s(x): o.zero_grad(); e=F.normalize(m[0](x)); l=F.triplet_margin_loss(e[:2],e[2:4],e[4:],margin=.3)+T.cdist(e,e).triu(1).sum(); l.backward(); o.step(); return l\nE=lambda: list(m.parameters())
contrast | o=O.SGD(m[0].parameters(),.1)\ndef s(x): o.zero_grad(); e=F.normalize(m[0](x),dim=-1); k=(e@e.T)/.1; k=k.masked_fill(T.eye(6,dtype=T.bool),-inf); l=F.cross_entropy(k,T.arange(6).roll(3)); l.backward(); o.step(); return l\nE=lambda: list(m.parameters())
smoothed labels with an ignored one | w=nn.Linear(3,4); o=O.SGD(w.parameters(),.1)\ndef s(x): o.zero_grad(); l=F.cross_entropy(w(x),t([0,1,2,-100,3,1]),label_smoothing=.1,weight=t([1.,2.,1.,.5])); l.backward(); o.step(); return l\nE=lambda: list(w.parameters())
distilled | n=copy.deepcopy(m).eval(); w=nn.Linear(3,4); v=nn.Linear(3,4); o=O.SGD(w.parameters(),.1)\ndef s(x):\n o.zero_grad()\n with T.no_grad(): q=F.softmax(v(x)/2,-1)\n l=F.kl_div(F.log_softmax(w(x)/2,-1),q,reduction='batchmean')*4; l.backward(); o.step(); return l\nE=lambda: list(w.parameters())
a penalty on weights | o=O.SGD(m.parameters(),.1)\ndef s(x): o.zero_grad(); l=(m(x)**2).mean()+.01*sum(q.abs().sum() for q in m.parameters())+.1*sum(q.pow(2).sum() for n,q in m.named_parameters() if 'bias' not in n); l.backward(); o.step(); return l\nE=lambda: list(m.parameters())
sharpness-aware | o=O.SGD(m.parameters(),.1)\ndef s(x):\n o.zero_grad(); l=(m(x)**2).mean(); l.backward(); n=T.sqrt(sum(q.grad.pow(2).sum() for q in m.parameters()))\n with T.no_grad():\n  E_=[q.grad*(.05/(n+1e-12)) for q in m.parameters()]\n  for q,e in zip(m.parameters(),E_): q.add_(e)\n o.zero_grad(); (m(x)**2).mean().backward()\n with T.no_grad():\n  for q,e in zip(m.parameters(),E_): q.sub_(e)\n o.step(); return l,n\nE=lambda: list(m.parameters())
look ahead | o=O.SGD(m.parameters(),.1); W=[q.detach().clone() for q in m.parameters()]; k=[0]\ndef s(x):\n l=fit(o,x); k[0]+=1\n if k[0]%2==0:\n  for a,q in zip(W,m.parameters()): a.add_(q.data-a,alpha=.5); q.data.copy_(a)\n return l\nE=lambda: [W,list(m.parameters())]
Newton | \ndef s(x):\n g,=T.autograd.grad(((p*x)**4).mean(),p,create_graph=True); H=T.stack([T.autograd.grad(c,p,retain_graph=True)[0] for c in g])\n with T.no_grad(): p.sub_(T.linalg.solve(H+.1*T.eye(3),g))\n return g,H\nE=lambda: [p]
two losses, one graph | o=O.SGD(m.parameters(),.1)\ndef s(x):\n o.zero_grad(); h=m[1](m[0](x)); a=h.pow(2).mean(); b=(m[2](h)**2).mean(); a.backward(retain_graph=True); b.backward(); o.step(); return a,b\nE=lambda: list(m.parameters())
balanced losses | w=nn.Parameter(T.zeros(2)); o=O.Adam([*m.parameters(),w],.05)\ndef s(x): o.zero_grad(); y=m(x); l=T.stack([(y**2).mean(),(y-1).abs().mean()]); t_=(l*T.exp(-w)+w).sum(); t_.backward(); o.step(); return t_,l\nE=lambda: [w]
GAN | d=nn.Linear(3,1); a,b=O.Adam(m.parameters(),.01,betas=(.5,.999)),O.Adam(d.parameters(),.01); g=nn.Linear(3,3); c=O.SGD(g.parameters(),.1)\ndef s(x):\n b.zero_grad(); f=g(x); l=F.binary_cross_entropy_with_logits(d(x),T.ones(6,1))+F.binary_cross_entropy_with_logits(d(f.detach()),T.zeros(6,1)); l.backward(); b.step(); c.zero_grad(); k=F.binary_cross_entropy_with_logits(d(f),T.ones(6,1)); k.backward(); c.step(); return l,k\nE=lambda: [*d.parameters(),*g.parameters()]
replay memory | M=T.zeros(8,3); n=[0]\ndef s(x):\n i=T.arange(n[0],n[0]+6)%8; M[i]=x; n[0]=(n[0]+6)%8; return M[T.randint(0,8,(4,))].mean()\nE=lambda: [M]
moving threshold | c=T.tensor(0.)\ndef s(x): c.mul_(.9).add_(.1*x.std()); k=x.abs()<c*2; return x[k].sum(),k.sum(),(x*k).sum()\nE=lambda: [c]
early stop by a value | b=[inf]; o=O.SGD(m.parameters(),.1)\ndef s(x):\n l=fit(o,x)\n if l.item()<b[0]: b[0]=l.item()\n else:\n  for g in o.param_groups: g['lr']*=.5\n return l\nE=lambda: [b[0],o.param_groups[0]['lr']]
""")
SCHEDULES = table(r"""
step | L.StepLR(o,2,.5)
milestones | L.MultiStepLR(o,[1,3],.5)
exponential | L.ExponentialLR(o,.8)
cosine | L.CosineAnnealingLR(o,3,.01)
restarts | L.CosineAnnealingWarmRestarts(o,2,2)
lambda | L.LambdaLR(o,lambda e:1/(e+1))
multiplied | L.MultiplicativeLR(o,lambda e:.9)
constant | L.ConstantLR(o,.5,2)
linear | L.LinearLR(o,.1,total_iters=3)
polynomial | L.PolynomialLR(o,4,2)
cyclic | L.CyclicLR(o,.01,.1,2,mode='triangular2')
one cycle | L.OneCycleLR(o,.2,total_steps=6)
warm-up, then cosine | L.SequentialLR(o,[L.LinearLR(o,.1,total_iters=2),L.CosineAnnealingLR(o,3)],[2])
chained | L.ChainedScheduler([L.ConstantLR(o,.5,2),L.ExponentialLR(o,.9)])
""")
for name, made in SCHEDULES.items():
    for kind in (
        "SGD(m.parameters(),.1,momentum=.9)",
        "Adam([{'params':m[0].parameters()},{'params':m[2].parameters(),'lr':.05}],.1)",
    ):
        STEPS[f"schedule {name} of {kind[:4]}"] = (
            f"o=O.{kind}; c={made}\ndef s(x): l=fit(o,x); c.step(); return l,c.get_last_lr()\nE=lambda: list(m.parameters())"
        )
for made in ("SGD(P,.1,nesterov=True,momentum=.5)", "Adam(P,.1,amsgrad=True)", "AdamW(P,.1,weight_decay=.5)", "NAdam(P,.1)", "RAdam(P,.1)", "Adagrad(P,.1,lr_decay=.1)", "Adadelta(P)", "RMSprop(P,.1,centered=True,momentum=.5)", "Adamax(P,.1)", "ASGD(P,.1)", "Rprop(P,.1)", "Adafactor(P,.1)"):  # fmt: skip
    STEPS[f"optimizer {made}"] = (
        f"P=m.parameters(); o=O.{made}\ndef s(x): return fit(o,x)\nE=lambda: list(m.parameters())"
    )
STEPS = {name: program if "\nE=" in program else program + "\nE=lambda: []" for name, program in STEPS.items()}

WORK = table(r"""
einsum forms | a,b=T.randn(2,3,4),T.randn(2,4,5); R=T.einsum('bij,bjk->bik',a,b),T.einsum('bij,bjk',a,b),T.einsum('ii->i',T.arange(9.).view(3,3)),T.einsum('...ij->...ji',a),T.einsum('bij,bij->b',a,a),T.einsum(a,[0,1,2],b,[0,2,3],[1,3]),T.einsum('i,j->ij',p,p),T.einsum('bi j , b j k -> k',a,b),T.einsum('ij->',a[0])
einsum gradients | a=T.randn(2,3,requires_grad=True); T.einsum('ij,kj,j->ik',a,a,p).pow(2).sum().backward(); R=a.grad,p.grad
promotion | i,f,d,b,h=t([1,2]),t([1.5,2.5]),t([1.,2.],dtype=T.float64),t([True,False]),t([1,2],dtype=T.int8); R=[(u+v,u*v,u-v if u.dtype!=T.bool and v.dtype!=T.bool else 0) for u in (i,f,d,b,h) for v in (i,f,d,b,h,2,2.5,True,t(3),t(2.5))]
division | i=t([7,-7,3]); R=i/2,i//2,i%3,i/t([2,2,2]),T.div(i,2,rounding_mode='trunc'),T.div(i,2,rounding_mode='floor'),t([7.,-7.])//2,t([7.,-7.])%3,-7//t(2),2**t([1,2,3]),t([2,3])**2,t([True,False])/2,T.true_divide(i,4),T.fmod(i,3),T.remainder(i,-3)
comparisons of dtypes | R=t([1,2])==t([1.,2.5]),t([True])==1,t([1])==True,t([2])<2.5,t([255],dtype=T.uint8)==-1,t([1,2]).eq(t([1,3])),T.equal(t([1]),t([1])),t([nan])==nan,t([1,2])!=t([[1],[2]])
empty tensors | e=T.empty(0,3); R=e.sum(),e.sum(0),e.mean(0),e.prod(),e.T,T.cat([e,x]),e@p,x@T.empty(3,0),T.empty(2,0)@T.empty(0,3),e.view(3,0),e.norm(),e.std(0),T.stack([]) if 0 else e.any(),e.all(),x[T.zeros(6,dtype=T.bool)],x[[]],T.zeros(0).softmax(0),e.cumsum(0),e.sort(0)[0],e.flatten(),T.einsum('ij,jk->ik',T.empty(2,0),T.empty(0,3))
zero dimensions | a=t(3.,requires_grad=True); b=a*2; c=b.expand(2).sum()+b.view(1)[0]+b.reshape(1,1).squeeze()+b[None].sum(0)+b.max()+b.sum(0); c.backward(); R=a.grad,b.shape,T.stack([b,b]),b.sort()[0],b.argmax(),b.softmax(0),b.cumsum(0),b.flip(()),b.T if 0 else b.unsqueeze(0),b.topk(1)[0],b.t()
strided writes | a=T.zeros(6); a.as_strided((2,2),(3,1)).fill_(1.); b=T.arange(9.).view(3,3); b.as_strided((3,),(4,))[:]=-1; b.diagonal(1).zero_(); R=a,b,b.as_strided((2,2),(3,1),1)
strided gradients | a=T.arange(6.,requires_grad=True); y=a*1; z=y.as_strided((3,2),(1,2)); (z**2).sum().backward(); R=a.grad
unfolded windows | a=T.arange(8.,requires_grad=True); y=a.unfold(0,3,2); (y**2).sum().backward(); R=y,a.grad
negative and stepped | a=T.arange(24).view(2,3,4); R=a[-1,::2,1:-1],a[:,-2:],a[...,::3],a[:,[0,-1]],a[[1,0],[-1,0]],a[:,None,t([True,False,True])],a[t([[0,1],[1,0]])],a[0][:,t(2)],a[-1:,-1:,-1:]
written by index | a=T.zeros(3,4); a[t([0,2]),t([1,3])]=t([5.,6.]); a[:,t([0,0])]=t([7.,8.]); a[t([True,False,True])]+=1; a[1,[1,2]]=9; a[[0,1]]*=2; a[a>15]=-1; R=a
written at one place twice | v=t([1.,2.,3.],requires_grad=True); a=T.zeros(2).index_put((t([0,0,1]),),v); (a*t([2.,3.])).sum().backward(); R=a,v.grad
set at one place twice | v=t([1.,2.,3.],requires_grad=True); a=T.zeros(2); a[t([0,0,1])]=v; (a*t([2.,3.])).sum().backward(); R=a,v.grad
scattered at one place twice | v=t([1.,2.,3.],requires_grad=True); a=T.zeros(2).scatter(0,t([0,0,1]),v); (a*t([2.,3.])).sum().backward(); R=a,v.grad
copied at one place twice | v=t([1.,2.,3.],requires_grad=True); a=T.zeros(2).index_copy(0,t([0,0,1]),v); (a*t([2.,3.])).sum().backward(); R=a,v.grad
put at one place twice | v=t([1.,2.,3.],requires_grad=True); a=T.zeros(2).put(t([0,0,1]),v); (a*t([2.,3.])).sum().backward(); R=a,v.grad
masked scatter | v=t([1.,2.,3.],requires_grad=True); a=T.zeros(4).masked_scatter(t([True,False,True,True]),v); (a**2).sum().backward(); R=a,v.grad
reductions by scatter | v=t([1.,2.,3.,4.],requires_grad=True); i=t([0,0,1,1]); R=[(lambda a:(a,T.autograd.grad(a.pow(2).sum(),v)))(T.ones(2).scatter_reduce(0,i,v,r,include_self=k)) for r in ('sum','prod','mean','amax','amin') for k in (True,False)]
loaders | D=T.utils.data; d=D.TensorDataset(T.arange(10.).view(5,2),T.arange(5)); g=T.Generator().manual_seed(1); R=[b for b in D.DataLoader(d,2,shuffle=True,generator=g)],[b for b in D.DataLoader(d,2,sampler=D.WeightedRandomSampler([1.,2.,3.,4.,5.],4,generator=g),drop_last=True)],[b for b in D.DataLoader(d,3,collate_fn=lambda l:T.stack([a for a,_ in l]).sum(0))],[b for b in D.DataLoader(D.Subset(d,[3,1]),1)],[b for b in D.DataLoader(d,batch_sampler=D.BatchSampler(D.SequentialSampler(d),2,False))],[len(q) for q in D.random_split(d,[3,2],generator=g)],list(D.random_split(d,[3,2],generator=g)[0].indices)
loaders of dictionaries | D=T.utils.data; d=[{'a':i,'b':T.ones(2)*i,'c':(float(i),'s%d'%i)} for i in range(4)]; R=[(b['a'],b['b'],b['c'][0],list(b['c'][1])) for b in D.DataLoader(d,2)]
generators | g=T.Generator().manual_seed(7); s=g.get_state(); a=T.randn(3,generator=g),T.randint(0,9,(4,),generator=g),T.randperm(5,generator=g),T.normal(0.,1.,(2,),generator=g),T.bernoulli(T.full((3,),.5),generator=g),T.multinomial(t([.1,.2,.7]),2,generator=g); g.set_state(s); R=a,T.randn(3,generator=g)
maxima that tie | a=t([[1.,3.,3.],[2.,2.,1.]],requires_grad=True); R=[T.autograd.grad(f(a).pow(2).sum(),a) for f in (lambda a:a.max(),lambda a:a.max(1)[0],lambda a:a.amax(1),lambda a:a.amax(),lambda a:a.min(0)[0],lambda a:a.median(),lambda a:a.median(1)[0],lambda a:a.sort(1)[0],lambda a:a.topk(2)[0],lambda a:a.kthvalue(2)[0],lambda a:a.mode()[0],lambda a:a.cummax(1)[0],lambda a:a.maximum(t(3.)),lambda a:a.clamp(2,3),lambda a:a.norm(inf),lambda a:a.quantile(.5),lambda a:a.aminmax()[0],lambda a:a.logcumsumexp(1))]
sorted ties | a=t([2.,1.,2.,1.,3.]); R=a.sort(stable=True),a.argsort(stable=True),a.unique(return_inverse=True,return_counts=True),a.sort(descending=True,stable=True),T.unique_consecutive(a),T.bincount(t([1,1,3])),T.histc(a,3),T.searchsorted(t([1.,2.,3.]),a),T.bucketize(a,t([1.,2.]),right=True)
grad modes | a=p*2\nwith T.no_grad():\n b=a*2\n with T.enable_grad(): c=p*3\nwith T.inference_mode(): d=p*4\n@T.no_grad()\ndef f(z): return z*2\nR=a.requires_grad,b.requires_grad,c.requires_grad,d.requires_grad,f(p).requires_grad,T.is_grad_enabled(),a.detach().requires_grad,T.set_grad_enabled(True) is None
leaf rules | p.requires_grad_(False); a=p*2; p.requires_grad_(True); b=p*2; R=a.requires_grad,b.requires_grad,a.is_leaf,b.is_leaf,p.is_leaf,b.grad_fn is None
clip by norm twice | (p**2).sum().backward(); R=nn.utils.clip_grad_norm_([p],1.),p.grad.clone(),nn.utils.clip_grad_norm_([p],.5,norm_type=1),p.grad.clone(),nn.utils.clip_grad_norm_([p],10.),p.grad
retain grads through views | a=(p*2); v=a[1:]; a.retain_grad(); v.retain_grad(); (v**2).sum().backward(); R=a.grad,v.grad,p.grad
pickled model goes on | o=O.SGD(m.parameters(),.1,momentum=.9); fit(o); n=pickle.loads(pickle.dumps(m)); q=O.SGD(n.parameters(),.1,momentum=.9); q.load_state_dict(pickle.loads(pickle.dumps(o.state_dict()))); a,b=fit(o),fit(q,x,n); R=a,b,list(m.parameters()),list(n.parameters())
""")

TAIL = "\nR = [s(x * k) for k in (1.0, 1.0, 0.5, 2.0)], E()"
PROGRAMS = {name: BEGIN + program.lstrip("\n") + TAIL for name, program in STEPS.items()}
PROGRAMS |= {
    f"{name}, compiled": BEGIN + program.lstrip("\n") + "\ns = compiled(s)" + TAIL for name, program in STEPS.items()
}
PROGRAMS |= {name: BEGIN + program for name, program in WORK.items()}

test_program, test_named = comparisons(PROGRAMS, set(), set(), set())
